"""What a paper may be made of: the live items of a track and, where its blueprint allows, of the level below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from carbonlearn.catalogue.rules.programme import Track
from carbonlearn.exams.rules.blueprint import Blueprint
from carbonlearn.exams.rules.cells import ItemFacts
from carbonlearn.question_bank.queries import BankItem, live_shelves

ANY_FUNCTION = "any"
EXAM = "exam"


@dataclass(frozen=True, slots=True)
class Pool:
    """The items with their texts, and what choosing needs to know of them."""

    items: dict[str, BankItem]
    facts: tuple[ItemFacts, ...]

    @property
    def digest(self) -> str:
        """The same for the same items in the same versions, with the same enemies."""
        told = [f"{item.version_id}{item.difficulty}{item.function}" for item in self.items.values()]
        told += [f"{item.id}!{enemy}" for item in self.facts for enemy in sorted(item.enemies)]
        return sha256(",".join(told).encode()).hexdigest()


def pool_name(track: Track) -> tuple[str, str]:
    """The job type and level of the occupation whose items a track draws on."""
    return track.occupation_job_type or track.job_type, track.occupation_level or track.level


def pool_of(track: Track, blueprint: Blueprint, name: str = EXAM) -> Pool:
    """All live items, of the exam pool or another, that a paper of this track may use under this blueprint."""
    return pools_of([(track, blueprint)], name)[0]


def pools_of(asked: Sequence[tuple[Track, Blueprint]], name: str = EXAM) -> list[Pool]:
    """The same for many papers, in their order; as many statements as for one."""
    shelves = [_shelves(track, blueprint) for track, blueprint in asked]
    stock = live_shelves({shelf for both in shelves for shelf in both}, name)
    return [
        _pool(blueprint, *(stock[shelf] for shelf in own))
        for (_, blueprint), own in zip(asked, shelves, strict=True)
    ]


def _pool(blueprint: Blueprint, own: Sequence[BankItem], below: Sequence[BankItem] = ()) -> Pool:
    return Pool({item.id: item for item in (*own, *below)}, facts_of(blueprint, own, below))


def _shelves(track: Track, blueprint: Blueprint) -> list[tuple[str, str]]:
    """A track's own and, where the blueprint allows, that of the level below."""
    job_type, level = pool_name(track)
    below = [(job_type, str(int(level) + 1))] if has_lower(track, blueprint) else []
    return [(job_type, level), *below]


def has_lower(track: Track, blueprint: Blueprint) -> bool:
    """Whether the blueprint lets the track draw on the level below its own: 4 below 3."""
    level = pool_name(track)[1]
    return level in ("1", "2", "3", "4") and blueprint.drawing.lower_percent > 0


def facts_of(
    blueprint: Blueprint, own: Sequence[BankItem], below: Sequence[BankItem] = ()
) -> tuple[ItemFacts, ...]:
    """What choosing needs; where the blueprint leaves functions open, all items are of the one that there is."""
    is_open = [weight.function for weight in blueprint.functions] == [ANY_FUNCTION]
    there = frozenset(item.id for item in (*own, *below))
    return tuple(
        ItemFacts(
            id=item.id,
            function=ANY_FUNCTION if is_open else item.function,
            type=item.type,
            difficulty=item.difficulty,
            lower=lower,
            case=item.case_id,
            number=item.external_id,
            enemies=item.enemies & there,
        )
        for items, lower in ((own, False), (below, True))
        for item in items
    )
