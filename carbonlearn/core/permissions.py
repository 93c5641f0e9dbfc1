"""Who may do what, on one screen.

A permission reads ``resource:action``. A role is granted in one base, or in the association (no base), where it reaches every base.
What touches every base at once is carried by the association's grants alone.
The role opens the door; which rows are behind it is decided where they are loaded, through the actor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """Sorted; the word before the colon is the thing, the word after it the deed."""

    ACCESS_EXTEND = "access:extend"
    ACCOUNT_OWN = "account:own"
    ADMISSION_APPROVE = "admission:approve"
    ADMISSION_CHECK = "admission:check"
    ADMISSION_ENTER = "admission:enter"
    ADMISSION_READ = "admission:read"
    AUDIT_READ = "audit:read"
    BLUEPRINT_APPROVE = "blueprint:approve"
    BLUEPRINT_DRAFT = "blueprint:draft"
    BLUEPRINT_READ = "blueprint:read"
    CERTIFICATE_OWN = "certificate:own"
    CERTIFICATE_READ = "certificate:read"
    CERTIFICATE_REVOKE = "certificate:revoke"
    DESK_OPEN = "desk:open"
    EXAM_OWN = "exam:own"
    FEE_MARK_PAID = "fee:mark_paid"
    ITEM_APPROVE = "item:approve"
    ITEM_DRAFT = "item:draft"
    ITEM_EXPORT = "item:export"
    ITEM_READ = "item:read"
    JOB_READ = "job:read"
    LESSON_DRAFT = "lesson:draft"
    LESSON_PUBLISH = "lesson:publish"
    LESSON_READ = "lesson:read"
    PAPER_RELEASE = "paper:release"
    PERSON_DISABLE = "person:disable"
    PERSON_READ = "person:read"
    PERSON_RESET = "person:reset"
    PROGRAMME_READ = "programme:read"
    RESULT_OWN = "result:own"
    RESULT_READ = "result:read"
    RESULT_RELEASE = "result:release"
    ROLE_GRANT = "role:grant"
    SCRIPT_ADJUDICATE = "script:adjudicate"
    SCRIPT_MARK = "script:mark"
    SCRIPT_OPEN = "script:open"
    STUDY_DECIDE = "study:decide"
    STUDY_OWN = "study:own"
    STUDY_READ = "study:read"
    WINDOW_MANAGE = "window:manage"
    WINDOW_READ = "window:read"


class Role(StrEnum):
    """What a person is, here. Sorted."""

    ASSOCIATION_ADMIN = "association_admin"
    AUDITOR = "auditor"
    AUTHOR = "author"
    BASE_ADMIN = "base_admin"
    CHIEF_EXAMINER = "chief_examiner"
    EMPLOYER = "employer"
    LEARNER = "learner"
    MARKER = "marker"
    PROCTOR = "proctor"
    SYSTEM_ADMIN = "system_admin"


_P = Permission
EVERYONE = frozenset({_P.ACCOUNT_OWN})

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.LEARNER: EVERYONE | {_P.STUDY_OWN, _P.EXAM_OWN, _P.RESULT_OWN, _P.CERTIFICATE_OWN},
    Role.EMPLOYER: EVERYONE,
    Role.AUTHOR: EVERYONE
    | {
        _P.DESK_OPEN,
        _P.BLUEPRINT_READ,
        _P.ITEM_READ,
        _P.ITEM_DRAFT,
        _P.LESSON_READ,
        _P.LESSON_DRAFT,
        _P.LESSON_PUBLISH,  # of what others wrote
        _P.PROGRAMME_READ,
    },
    Role.PROCTOR: EVERYONE | {_P.DESK_OPEN, _P.WINDOW_READ},
    Role.MARKER: EVERYONE | {_P.DESK_OPEN, _P.SCRIPT_OPEN, _P.SCRIPT_MARK},
    Role.CHIEF_EXAMINER: EVERYONE
    | {
        _P.DESK_OPEN,
        _P.BLUEPRINT_READ,
        _P.BLUEPRINT_DRAFT,
        _P.BLUEPRINT_APPROVE,
        _P.ITEM_READ,
        _P.ITEM_APPROVE,
        _P.ITEM_EXPORT,
        _P.LESSON_READ,
        _P.LESSON_PUBLISH,
        _P.PROGRAMME_READ,
        _P.WINDOW_READ,
        _P.PAPER_RELEASE,
        _P.RESULT_READ,
        _P.RESULT_RELEASE,
        _P.SCRIPT_OPEN,
        _P.SCRIPT_ADJUDICATE,
    },
    Role.BASE_ADMIN: EVERYONE
    | {
        _P.DESK_OPEN,
        _P.ACCESS_EXTEND,
        _P.ADMISSION_READ,
        _P.ADMISSION_ENTER,
        _P.ADMISSION_CHECK,
        _P.FEE_MARK_PAID,
        _P.PERSON_READ,
        _P.PERSON_RESET,
        _P.PROGRAMME_READ,
        _P.STUDY_DECIDE,
        _P.STUDY_READ,
        _P.WINDOW_READ,
        _P.CERTIFICATE_READ,
    },
    Role.ASSOCIATION_ADMIN: EVERYONE
    | {
        _P.DESK_OPEN,
        _P.ACCESS_EXTEND,
        _P.ADMISSION_READ,
        _P.ADMISSION_APPROVE,
        _P.BLUEPRINT_READ,
        _P.BLUEPRINT_DRAFT,
        _P.BLUEPRINT_APPROVE,
        _P.FEE_MARK_PAID,
        _P.PERSON_DISABLE,
        _P.LESSON_READ,
        _P.LESSON_PUBLISH,
        _P.PERSON_READ,
        _P.PERSON_RESET,
        _P.PROGRAMME_READ,
        _P.STUDY_DECIDE,
        _P.STUDY_READ,
        _P.WINDOW_READ,
        _P.WINDOW_MANAGE,
        _P.PAPER_RELEASE,
        _P.RESULT_READ,
        _P.CERTIFICATE_READ,
        _P.CERTIFICATE_REVOKE,
    },
    Role.SYSTEM_ADMIN: EVERYONE
    | {_P.DESK_OPEN, _P.PERSON_DISABLE, _P.PERSON_READ, _P.PERSON_RESET, _P.ROLE_GRANT, _P.JOB_READ},
    Role.AUDITOR: EVERYONE | {_P.DESK_OPEN, _P.AUDIT_READ, _P.JOB_READ},
}

FOR_ALL = frozenset({_P.BLUEPRINT_APPROVE, _P.BLUEPRINT_DRAFT, _P.PAPER_RELEASE})
"""What touches the candidates of every base at once: a role granted in one base does not carry it."""

STAFF_ROLES = frozenset(Role) - {Role.LEARNER, Role.EMPLOYER}


@dataclass(frozen=True, slots=True)
class Grant:
    """One role, in one base or (``base_id`` None) in the association."""

    role: Role
    base_id: str | None

    def carries(self, permission: Permission) -> bool:
        """Whether the role has the permission, and may have it where it was granted."""
        return permission in ROLE_PERMISSIONS[self.role] and (
            self.base_id is None or permission not in FOR_ALL
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: a frozen value, never a row, so that a rollback cannot change it."""

    user_id: str
    name: str
    grants: frozenset[Grant]
    session_hash: str = ""
    must_change_password: bool = False
    stepped_up: bool = False
    locale: str = "zh"

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF_ROLES)

    def may(self, permission: Permission) -> bool:
        """Whether some grant carries the permission, in whatever base."""
        return any(grant.carries(permission) for grant in self.grants)

    def reach(self, permission: Permission) -> frozenset[str] | None:
        """The bases in which the actor has the permission; None means every base, an empty set none."""
        bases: set[str] = set()
        for grant in self.grants:
            if grant.carries(permission):
                if grant.base_id is None:
                    return None
                bases.add(grant.base_id)
        return frozenset(bases)

    def may_in(self, permission: Permission, base_id: str) -> bool:
        """Whether the actor has the permission in this base."""
        reach = self.reach(permission)
        return reach is None or base_id in reach


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """All that these roles may do together."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))
