"""``carbonlearn seed demo``: the demonstration base with programmes, lessons, items and a cast whose sign-ins are printed."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask import Flask
from PIL import Image, ImageDraw
from sqlalchemy import select

from carbonlearn.accounts import services as accounts
from carbonlearn.accounts.models import TrainingBase, User
from carbonlearn.catalogue import services as catalogue
from carbonlearn.catalogue.queries import rules_of
from carbonlearn.cli.common import as_json, make_app, now_of, show
from carbonlearn.core.identity import id_check_character
from carbonlearn.core.permissions import Actor, Grant, Role
from carbonlearn.enrolment import services as enrolment
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import services as exams
from carbonlearn.infra import vault
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.infra.tokens import new_code
from carbonlearn.question_bank import services as bank
from carbonlearn.question_bank.queries import shipped_cases, shipped_items, shipped_presence

CONTENT = Path(__file__).resolve().parents[1]
LESSONS = CONTENT / "catalogue" / "content" / "lessons"
PROGRAMMES = CONTENT / "catalogue" / "programmes"
PASSWORD_FILE = "demo-password.txt"  # noqa: S105 - the name of a file
IN_FORCE = timedelta(days=30)
"""How long the programmes of the demonstration have been in force when it is seeded."""
BASES = (
    ("demo-association", "演示认定中心", "Demonstration Certification Centre", "association"),
    ("lingnan", "岭南培训基地（演示）", "Lingnan Training Base (demonstration)", "base"),
    ("xiangjiang", "湘江培训基地（演示）", "Xiangjiang Training Base (demonstration)", "base"),
)


@dataclass(frozen=True)
class Part:
    """One of the cast: who, in which role, in which base (None: the association)."""

    username: str
    name: str
    role: Role
    base: str | None
    does: str


CAST = (
    Part("lin", "林晓", Role.LEARNER, "lingnan", "学员：学习、预约、考试、领证"),
    Part("zhang", "张文丰", Role.LEARNER, "lingnan", "学员：第二位考生"),
    Part("eve", "伊文", Role.LEARNER, "xiangjiang", "学员：另一个基地"),
    Part("rosa", "罗思敏", Role.BASE_ADMIN, "lingnan", "岭南基地管理员：录入学员、初审、登记缴费"),
    Part("bai", "白露", Role.BASE_ADMIN, "xiangjiang", "湘江基地管理员"),
    Part("an", "安宁", Role.ASSOCIATION_ADMIN, None, "协会管理员：复核、考试日历、证书"),
    Part("wen", "温知行", Role.AUTHOR, None, "命题人：起草试题"),
    Part("mark", "马克勤", Role.MARKER, None, "阅卷人一"),
    Part("mei", "梅雨桐", Role.MARKER, None, "阅卷人二"),
    Part("chen", "陈主考", Role.CHIEF_EXAMINER, None, "主考：裁定分歧、审定试题"),
    Part("ding", "丁主考", Role.CHIEF_EXAMINER, None, "主考：发布成绩"),
    Part("olga", "欧阳岚", Role.PROCTOR, None, "监考员"),
    Part("sun", "孙启", Role.SYSTEM_ADMIN, None, "系统管理员：授予角色、作业"),
    Part("audrey", "敖敏", Role.AUDITOR, None, "审计员"),
)


def demo_password(settings: Settings) -> str:
    """The cast's password: made once for this installation, kept in its data folder."""
    path = settings.data_dir / PASSWORD_FILE
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write("demo-" + new_code(6).lower())
    return path.read_text().strip()


def demo_cast(settings: Settings) -> str:
    """The sign-ins, as a table for the terminal."""
    rows = [f"  {part.username:<8} {part.does}" for part in CAST]
    return "\n".join(
        [
            "",
            f"演示账号（密码都是 {demo_password(settings)}）/ demonstration sign-ins, one password:",
            *rows,
            "",
        ]
    )


def seed_if_empty(app: Flask, settings: Settings) -> bool:
    """Seed the demonstration base where no account exists yet; whether it did."""
    with app.app_context():
        if db.session.scalar(select(User.id).limit(1)) is not None:
            return False
        seed(settings, now_of(app))
        return True


def seed(settings: Settings, now: datetime) -> None:
    """Programmes, lessons, items, holidays, bases, cast, enrolments, windows. Repeating it adds only what is missing."""
    with unit_of_work():
        for path in sorted(PROGRAMMES.glob("*.yaml")):
            data = catalogue.read_programme(path.read_text("utf-8"))
            catalogue.load_programme(data, now, effective_from=now - IN_FORCE)
    with unit_of_work():
        catalogue.load_lessons(LESSONS, now)
    with unit_of_work():
        exams.load_holidays(now)
    people, bases = _cast(settings, now)
    with unit_of_work():
        bank.load_cases(shipped_cases(), now, people["wen"])
        bank.load_items(shipped_items(), now, people["wen"])
        bank.load_items(shipped_presence(), now, people["wen"])
    _enrol(people, bases, now)
    with unit_of_work():
        exams.materialise_windows(now)


PLACES = (
    # who, base, programme, job type, level, how far: submitted, checked, approved, active
    ("lin", "lingnan", "demonstration", "accounting", "4", "active"),
    ("lin", "lingnan", "gdcpa-petrochem", "accounting", "4", "active"),
    ("zhang", "lingnan", "demonstration", "accounting", "4", "active"),
    ("eve", "xiangjiang", "demonstration", "accounting", "4", "active"),
    ("zhang", "lingnan", "gdcpa-petrochem", "accounting", "4", "approved"),
    ("eve", "xiangjiang", "gdcpa-petrochem", "trading", "4", "checked"),
    ("eve", "xiangjiang", "gdcpa-petrochem", "accounting", "4", "submitted"),
)
OVERRIDE = "演示数据：课程内容尚未写满课时，为展示真实项目的完整长度而开通。"


def _enrol(people: dict[str, str], bases: dict[str, str], now: datetime) -> None:
    """Places of the learners, each moved by the people who would move it. One that exists is left alone."""
    clerks = {"lingnan": ("rosa", "罗思敏"), "xiangjiang": ("bai", "白露")}
    association = Actor(people["an"], "安宁", frozenset({Grant(Role.ASSOCIATION_ADMIN, None)}))
    for username, base, programme, job_type, level, far in PLACES:
        person = db.session.get_one(User, people[username])
        known = select(Enrolment.id).where(
            Enrolment.user_id == person.id,
            Enrolment.programme_key == programme,
            Enrolment.job_type == job_type,
        )
        if db.session.scalar(known) is not None:
            continue
        clerk = Actor(
            people[clerks[base][0]], clerks[base][1], frozenset({Grant(Role.BASE_ADMIN, bases[base])})
        )
        form = _application(person, bases[base], programme, job_type, level)
        # The demonstration place is opened last, so that it is the one a learner's home shows first.
        opened = now if programme == "demonstration" else now - timedelta(days=1)
        with unit_of_work():
            _admit(form, far, clerk, association, opened)


def _application(
    person: User, base_id: str, programme: str, job_type: str, level: str
) -> enrolment.Application:
    cipher = vault.cipher()
    return enrolment.Application(
        name=person.name,
        id_number=cipher.decrypt("id_number", person.id_number_encrypted or ""),
        phone=cipher.decrypt("phone", person.phone_encrypted or ""),
        photo_key=person.photo_key or "",
        base_id=base_id,
        programme_key=programme,
        job_type=job_type,
        level=level,
        override=OVERRIDE,
    )


def _admit(form: enrolment.Application, far: str, clerk: Actor, association: Actor, now: datetime) -> None:
    place = enrolment.enter(form, actor=clerk, now=now).enrolment
    if far == "submitted":
        return
    enrolment.check(place.id, {}, actor=clerk, now=now)
    if far == "checked":
        return
    enrolment.approve(place.id, {}, actor=association, now=now)
    if far == "active":
        fee = rules_of(place.programme_version_id).fees(form.level)[-1]
        enrolment.mark_paid(place.id, fee["category"], fee["amount"] * 100, "", actor=clerk, now=now)


def _cast(settings: Settings, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Bases, accounts and roles; the ids of people by user name and of bases by slug."""
    password = demo_password(settings)
    people: dict[str, str] = {}
    with unit_of_work():
        bases = {slug: _base(slug, name, en, kind, now) for slug, name, en, kind in BASES}
    for number, part in enumerate(CAST, start=1):
        known = db.session.scalar(select(User.id).where(User.username == part.username))
        with unit_of_work():
            people[part.username] = known or _person(part, number, password, now)
            if part.role is not Role.LEARNER:
                accounts.grant_role(
                    people[part.username], part.role, bases[part.base] if part.base else None, now
                )
    return people, bases


def _base(slug: str, name: str, en: str, kind: str, now: datetime) -> str:
    base = db.session.scalar(select(TrainingBase).where(TrainingBase.slug == slug))
    if base is None:
        base = TrainingBase(slug=slug, name=name, en=en, kind=kind, created_at=now)
        db.session.add(base)
        db.session.flush()
    return base.id


def _person(part: Part, number: int, password: str, now: datetime) -> str:
    """An account with an invented ID number (of a county code that does not exist) and a drawn portrait."""
    is_learner = part.role is Role.LEARNER
    seventeen = f"44000019900101{number:03d}"
    user = accounts.create_user(
        part.username,
        part.name,
        now,
        phone=f"1390000{number:04d}" if is_learner else None,
        id_number=seventeen + id_check_character(seventeen) if is_learner else None,
        initial_password=password,
        must_change=False,
    )
    if is_learner:
        user.photo_key = vault.files().put(portrait(number))
    return user.id


def portrait(number: int) -> bytes:
    """A drawn portrait, 295 x 413 pixels (one inch at 300 dpi), plain ground: no real person."""
    grounds = ("#dfeaf2", "#e8efe6", "#f2ebe0", "#ece6f0")
    coats = ("#2f4858", "#0f6b4f", "#6b3f2a", "#43385e")
    image = Image.new("RGB", (295, 413), grounds[number % 4])
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 300, 275, 560), fill=coats[number % 4])
    draw.rectangle((125, 255, 170, 330), fill="#e8c4a6")
    draw.ellipse((82, 95, 213, 285), fill="#f0d0b4")
    draw.pieslice((74, 70, 221, 250), 180, 360, fill="#2b2420")
    for x in (122, 173):
        draw.ellipse((x - 5, 183, x + 5, 193), fill="#2b2420")
    draw.arc((125, 205, 170, 245), 20, 160, fill="#9a5a48", width=3)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


@click.group(name="seed")
def seed_group() -> None:
    """Populations for demonstrations, rehearsals and benchmarks."""


@seed_group.command()
@as_json
def demo(json_wanted: bool) -> None:
    """The demonstration base; prints the cast's sign-ins. Repeatable."""
    app, settings = make_app()
    if settings.env == "production":
        click.echo("carbonlearn: the demonstration base is not for production", err=True)
        raise SystemExit(2)
    with app.app_context():
        seed(settings, now_of(app))
    value = {"password": demo_password(settings), "cast": [part.username for part in CAST]}
    show(value, json_wanted, [demo_cast(settings)])


COMMANDS = [seed_group]
