"""Who may give whom a code for a new password. Whoever holds the code can become the person, so it must not lead upwards.

Source: architecture paper, section 9, separation of duties. Learners and employers can be helped by every desk that reaches them.
"""

from __future__ import annotations

from collections.abc import Set

from carbonlearn.core.permissions import STAFF_ROLES, Role


def may_reset(own: Set[Role], theirs: Set[Role]) -> bool:
    """Whether the roles of the one who resets cover the staff roles of the other; a system administrator grants roles anyway."""
    return Role.SYSTEM_ADMIN in own or (theirs & STAFF_ROLES) <= own
