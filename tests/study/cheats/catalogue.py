"""The list: every cheat with its name, where the like was known to work, and what it tries here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.study.cheats.stage import TEN_MINUTES, Stage

HONEST_BEATS = 5
Story = Callable[[Stage], None]


def follows_for_a_while(stage: Stage) -> None:
    """The honest learner of most stories: opens the lesson and follows it for 100 seconds."""
    stage.phone.open(stage.lesson)
    stage.phone.watch(HONEST_BEATS * 20)


@dataclass(frozen=True)
class Cheat:
    """One cheat. ``honest`` is what an honest learner does on the same stage, and ``pays`` the seconds that it earns."""

    name: str
    elsewhere: str
    tries: str
    story: Story
    honest: Story = follows_for_a_while
    pays: int = HONEST_BEATS * 20
    limits: dict[str, Any] = field(default_factory=dict)
    length_ms: int = TEN_MINUTES


CHEATS: list[Cheat] = []


def cheat(name: str, *, elsewhere: str, tries: str, **more: Any) -> Callable[[Story], Story]:
    """Put a story on the list."""

    def enter(story: Story) -> Story:
        CHEATS.append(Cheat(name, elsewhere, tries, story, **more))
        return story

    return enter


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cheat came to, in milliseconds: what a server that believed positions would have credited, the most that time and ground
    allow, and what was credited here."""

    name: str
    believed_ms: int
    most_ms: int
    earned_ms: int

    @property
    def beyond_ms(self) -> int:
        """What was credited beyond time and coverage."""
        return max(0, self.earned_ms - self.most_ms)

    @property
    def line(self) -> str:
        """The row of the table, in seconds."""
        figures = (self.believed_ms, self.most_ms, self.earned_ms, self.beyond_ms)
        return f"{self.name:<40}" + "".join(f"{figure / 1000:>18,.1f}" for figure in figures)


def tried(one: Cheat, stage: Stage) -> Outcome:
    """Play the story on a fresh stage."""
    one.story(stage)
    return Outcome(one.name, stage.diary.believed_ms, stage.diary.most_ms(), stage.earned_ms())
