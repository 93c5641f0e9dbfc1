"""Sealed papers opened and checked: what candidates see and what markers need.

``face`` may be shown to a candidate who has begun. ``key`` is for marking and the released answer book alone; nothing that answers a
candidate calls it.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from threading import Lock
from typing import Any

from sqlalchemy import select

from carbonlearn.audit.queries import noted
from carbonlearn.catalogue.models import Programme
from carbonlearn.core.errors import NotFound
from carbonlearn.exams.models import ExamWindow, Paper
from carbonlearn.infra import vault
from carbonlearn.infra.cipher import CipherError
from carbonlearn.infra.db import db

FACE, KEY = "paper-face", "paper-key"
CACHED_FACES = 64


class PaperDamaged(RuntimeError):
    """A stored paper does not match the hash it was sealed with, or that which the audit chain has of its sealing.

    Nobody is to sit or mark it."""


def open_answers(window_id: str) -> list[tuple[Paper, list[dict[str, Any]]]]:
    """The sealed papers of a demonstration's window with their keys, so that whoever walks it once can pass.

    Raises NotFound for the window of any other programme: nobody reads a real key before it is marked.
    """
    demonstrated = db.session.scalar(
        select(Programme.demonstration)
        .join(ExamWindow, ExamWindow.programme_key == Programme.key)
        .where(ExamWindow.id == window_id)
    )
    if not demonstrated:
        raise NotFound("WINDOW_NOT_FOUND")
    papers = db.session.scalars(select(Paper).where(Paper.window_id == window_id).order_by(Paper.sealed_at))
    return [(paper, key(paper)["items"]) for paper in papers]


def seal_hash(face_bytes: bytes, key_bytes: bytes) -> str:
    """The SHA-256 over both plaintexts in their canonical form."""
    return hashlib.sha256(face_bytes + b"\n" + key_bytes).hexdigest()


_faces: OrderedDict[str, dict[str, Any]] = OrderedDict()
_faces_lock = Lock()


def face(paper: Paper) -> dict[str, Any]:
    """What a candidate sees, checked against the seal once in a process. Raises PaperDamaged."""
    with _faces_lock:
        known = _faces.get(paper.id)
    if known is None:
        known = json.loads(_opened(paper)[0])
        with _faces_lock:
            _faces[paper.id] = known
            while len(_faces) > CACHED_FACES:
                _faces.popitem(last=False)
    return known


def key(paper: Paper) -> dict[str, Any]:
    """Keys, rubrics and explanations, checked against the seal each time and kept nowhere. Raises PaperDamaged."""
    opened: dict[str, Any] = json.loads(_opened(paper)[1])
    return opened


def _opened(paper: Paper) -> tuple[bytes, bytes]:
    cipher = vault.cipher()
    try:
        plain = cipher.decrypt_bytes(FACE, paper.face), cipher.decrypt_bytes(KEY, paper.key)
    except CipherError as error:
        raise PaperDamaged(f"paper {paper.id} cannot be opened") from error
    digest = seal_hash(*plain)
    if digest != paper.sha256:
        raise PaperDamaged(f"paper {paper.id} does not match its seal")
    sealed = noted("paper:seal", paper.id)
    if sealed is None or sealed["sha256"] != digest:
        raise PaperDamaged(f"paper {paper.id} is not what the audit chain says was sealed")
    return plain
