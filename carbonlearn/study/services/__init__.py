"""Earning study time: a session is opened under the lease, beats grow its span, and it is closed."""

from carbonlearn.study.services.beats import judge_beat
from carbonlearn.study.services.decisions import decide_review, restore_spans, void_spans
from carbonlearn.study.services.hot import extend_span
from carbonlearn.study.services.presence import Answered, answer_presence
from carbonlearn.study.services.replies import BeatReply, Claim, Question
from carbonlearn.study.services.reviews import looked_at_since, raise_reviews, wants_review
from carbonlearn.study.services.sessions import OpenedSession, close_if_silent, close_session, open_session

__all__ = [
    "Answered",
    "BeatReply",
    "Claim",
    "OpenedSession",
    "Question",
    "answer_presence",
    "close_if_silent",
    "close_session",
    "decide_review",
    "extend_span",
    "judge_beat",
    "looked_at_since",
    "open_session",
    "raise_reviews",
    "restore_spans",
    "void_spans",
    "wants_review",
]
