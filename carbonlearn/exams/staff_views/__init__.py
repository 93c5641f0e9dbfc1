"""The desk of exams: the calendar with its windows, blueprints, and the sealed papers of a window."""

from carbonlearn.exams.staff_views import blueprints, calendar, papers

BLUEPRINTS = (calendar.bp, blueprints.bp, papers.bp)
