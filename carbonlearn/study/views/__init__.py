"""The learner's study: the operations and pages of lessons, and what was recorded."""

from carbonlearn.study.views import lessons, record
from carbonlearn.study.views.lessons import PLAIN_BEAT

BLUEPRINTS = (lessons.bp, record.bp)

__all__ = ["BLUEPRINTS", "PLAIN_BEAT"]
