"""The learner's practice: its pages, the room of mocks, and what works without a network."""

from carbonlearn.practice.views import items, mocks, offline, overview, room

BLUEPRINTS = (overview.bp, items.bp, mocks.bp, room.bp, offline.bp)

__all__ = ["BLUEPRINTS"]
