"""Who may close whose account. Whoever could shut out people above themselves would hold more than they were given.

Source: architecture paper, section 9, separation of duties.
"""

from __future__ import annotations

from collections.abc import Set

from carbonlearn.core.permissions import STAFF_ROLES, Role

DISABLE, ENABLE = "disable", "enable"
MAX_REASON = 300


def may_close(own: Set[Role], theirs: Set[Role]) -> bool:
    """Whether the roles of the one who decides cover the staff roles of the other; a system administrator covers all."""
    return Role.SYSTEM_ADMIN in own or (theirs & STAFF_ROLES) <= own
