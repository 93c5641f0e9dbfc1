"""The authors' desk: lessons and their drafts, media, and the courses they stand in."""

from carbonlearn.catalogue.staff_views import courses, drafts, lessons, media

BLUEPRINTS = (lessons.bp, drafts.bp, media.bp, courses.bp)
