"""The desk's side of study: logs, reviews and decisions, and the preview of a draft."""

from carbonlearn.study.staff_views import desk, preview

BLUEPRINTS = (desk.bp, preview.bp)
