"""Lessons of tests, written and published by the services themselves."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from carbonlearn.catalogue import services
from carbonlearn.catalogue.models import LessonDraft, LessonVersion, MediaFile
from carbonlearn.core.errors import NotFound
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra.db import unit_of_work
from tests.factories.people import actor_of, make_user

BODY = "## 1 为什么\n\n排放数据要有来源，来源要有凭证。\n\n## 2 怎么做\n\n先划定边界，再列出每一个排放源。\n"
LIMITS = {"image": 10**7, "pdf": 10**8, "audio": 10**8, "video": 10**8, "captions": 10**6}


def an_author(now: datetime, name: str = "温知行") -> Actor:
    return actor_of(make_user(Role.AUTHOR, now=now, name=name), now)


def whole(kind: str = "article", **over: Any) -> dict[str, Any]:
    """Content without a fault, but for the media of other kinds than an article."""
    return {
        "kind": kind, "title": "边界怎么划", "en": "Drawing the boundary", "summary": "讲清楚划定核算边界的三个步骤和常见错误。",
        "body": BODY, "media": {}, "sources": ["《碳排放权交易管理暂行条例》"], "facts": [], "competence": ["basic-knowledge"],
        "stated": [], "review_by": "2027-06-30",
    } | over  # fmt: skip


def a_draft(slug: str, content: dict[str, Any], author: Actor, now: datetime) -> LessonDraft:
    """A draft that was submitted."""
    with unit_of_work():
        draft = services.drafts.begin(slug, content["kind"], content["title"], actor=author, now=now)
        services.drafts.save(draft.id, content, 1, actor=author, now=now)
        services.drafts.submit(draft.id, 2, actor=author, now=now)
    return draft


def a_published(
    slug: str,
    content: dict[str, Any],
    author: Actor,
    publisher: Actor,
    now: datetime,
    effective: datetime | None = None,
) -> LessonVersion:
    """The next version of the lesson (the first, where there is none)."""
    with unit_of_work():
        try:
            draft = services.drafts.revise(slug, actor=author, now=now)
        except NotFound:
            draft = services.drafts.begin(slug, content["kind"], content["title"], actor=author, now=now)
        services.drafts.save(draft.id, content, draft.revision, actor=author, now=now)
        services.drafts.submit(draft.id, draft.revision, actor=author, now=now)
    with unit_of_work():
        return services.publish(draft.id, draft.revision, effective, actor=publisher, now=now)


def a_media_file(content: bytes, author: Actor, now: datetime, name: str = "file") -> MediaFile:
    """A file that was uploaded."""
    with TemporaryDirectory() as folder:
        path, out = Path(folder) / "arrived", Path(folder) / "out"
        path.write_bytes(content)
        out.mkdir()
        kept = services.media.keep(path, name, out, LIMITS)
    with unit_of_work():
        return services.media.enter(kept, actor=author, now=now)
