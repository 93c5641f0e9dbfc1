"""What stands open: lesson media for whoever may study them, and trial lessons for everybody."""

from carbonlearn.study.public_views import media, trial

BLUEPRINTS = (media.bp, trial.bp)
