"""The printed certificate: what stands on the sheet, taken from what was signed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from carbonlearn.accounts.models import User
from carbonlearn.certificates.models import Certificate
from carbonlearn.certificates.queries import wording_of_certificate
from carbonlearn.certificates.rules.payload import signed_salt
from carbonlearn.certificates.wording import Wording
from carbonlearn.core.identity import mask_id_number
from carbonlearn.infra import vault
from carbonlearn.infra.db import db

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = "January February March April May June July August September October November December".split()
STATEMENT = (
    "已学满规定课时，并在统一考试中成绩合格，认定达到下列工种与等级的职业能力水平，特发此证。",
    "has studied the class hours required and passed the unified examination, and is found competent in the job type and at the "
    "level stated below.",
)
DEMONSTRATION = (
    "本证书由演示项目生成，只说明学习、考试与领证的过程，不证明任何人的职业能力。",
    "Made by a demonstration programme: it shows how study, examination and certificate work, and is no proof of competence.",
)


def sheet_of(certificate: Certificate) -> dict[str, Any]:
    """The data of the certificate's template. Reads the holder's number and photo, so call it outside any unit of work."""
    words = wording_of_certificate(certificate)
    day = certificate.issued_at.astimezone(ZONE)
    statement = DEMONSTRATION if certificate.demonstration else STATEMENT
    return {
        "title_zh": words.title[0],
        "title_en": words.title[1],
        "holder_name": certificate.holder_name,
        "holder_latin": "",
        "id_masked": _id_masked(certificate.user_id),
        "statement_zh": statement[0],
        "statement_en": statement[1],
        "occupation_zh": words.occupation[0]
        + (f"（{words.occupation_code}）" if words.occupation_code else ""),
        "occupation_en": words.occupation[1],
        "job_type_zh": words.job_type[0],
        "job_type_en": words.job_type[1],
        "level_zh": words.level[0],
        "level_en": words.level[1],
        "issued_zh": f"{day.year}年{day.month}月{day.day}日",
        "issued_en": f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        "number": certificate.number,
        "issuers": _bodies(words),
        "verify_url": qr_text(address_of(certificate)),
        "verify_host": urlsplit(address_of(certificate)).netloc,
        "photo": vault.files().get(certificate.photo_key) if certificate.photo_key else None,
        "credential": certificate.credential,
        "name_salt": certificate.name_salt or signed_salt(certificate.payload),
        "specimen": certificate.demonstration,
        "specimen_zh": "演示证书",
        "specimen_en": "DEMONSTRATION",
    }


def address_of(certificate: Certificate) -> str:
    """The page on which anybody can check the certificate, as it was signed."""
    return str(certificate.payload["id"])


def qr_text(address: str) -> str:
    """The address as its QR code holds it: in capitals, which take a third less room."""
    return address.upper()


def _bodies(words: Wording) -> list[dict[str, str]]:
    """Who issued it, and the base that taught the holder unless that is the same body."""
    bodies = [("认定单位", "Issued by", *issuer) for issuer in words.issuers]
    if words.training_base not in words.issuers:
        bodies.append(("培训基地", "Training base", *words.training_base))
    names = ("label_zh", "label_en", "name_zh", "name_en")
    return [dict(zip(names, body, strict=True)) for body in bodies]


def _id_masked(user_id: str) -> str:
    user = db.session.get_one(User, user_id)
    if not user.id_number_encrypted:
        return ""
    return mask_id_number(vault.cipher().decrypt("id_number", user.id_number_encrypted))
