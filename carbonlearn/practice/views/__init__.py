"""The learner's practice: its pages, the room of mocks, and what works without a network."""

from carbonlearn.practice.views import items, mocks, offline, overview, room
from carbonlearn.practice.views.closed import while_sitting

BLUEPRINTS = (overview.bp, items.bp, mocks.bp, room.bp, offline.bp)

for bp in BLUEPRINTS:
    bp.before_request(while_sitting)

__all__ = ["BLUEPRINTS"]
