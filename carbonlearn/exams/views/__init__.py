"""The learner's pages of exams."""

from carbonlearn.exams.views.learner import bp

__all__ = ["bp"]
