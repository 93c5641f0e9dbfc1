from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.certificates.rules.payload import (
    CertificateFacts,
    canonical_bytes,
    claims,
    fingerprint,
    instant,
    is_holder,
    name_hash,
    same_name,
    signed_salt,
)
from carbonlearn.certificates.rules.status import (
    TABLE,
    Category,
    CertificateEvent,
    CertificateStatus,
    Happening,
    State,
    fold,
    step,
)
from carbonlearn.certificates.rules.verify import (
    Outcome,
    RegistryFacts,
    Signature,
    Verdict,
    VerificationFacts,
    verify,
)
from carbonlearn.core.errors import Conflict

NOW = datetime(2026, 12, 10, 2, tzinfo=UTC)
DAY = timedelta(days=1)
ISSUER = "did:web:learn.example"
FACTS = CertificateFacts(
    code="7KQ2M4XW9T3BHZ0C",
    number="GDCPA-2026-4-000012-3",
    holder_name="张三丰",
    name_salt="5f2c",
    issuer=ISSUER,
    issuer_name="广东省清洁生产协会",
    base_url="https://learn.example",
    programme_key="gdcpa-petrochem",
    programme_name="碳排放管理员职业能力培训",
    job_type="accounting",
    job_type_name="碳排放核算员",
    level="4",
    level_name="四级",
    passed_on=date(2026, 11, 28),
    valid_from=NOW - 5 * DAY,
)
SIGNED = claims(FACTS)
EARLY = json.loads(json.dumps(SIGNED))
"""As it was signed in the first days: the salt inside, and a status list named that never was."""
EARLY["credentialSubject"]["identifier"][0] |= {"identityType": "name", "salt": "5f2c"}
EARLY["credentialStatus"] = {
    "statusListIndex": "90210",
    "statusListCredential": "https://learn.example/registry/status",
}


def test_the_credential_is_an_open_badge_with_its_members_at_the_top_level() -> None:
    assert SIGNED["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert SIGNED["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert (SIGNED["iss"], SIGNED["jti"], SIGNED["sub"]) == (
        ISSUER,
        SIGNED["id"],
        SIGNED["credentialSubject"]["id"],
    )
    assert SIGNED["validFrom"] == "2026-12-05T02:00:00Z"
    assert datetime.fromtimestamp(SIGNED["nbf"], UTC) == FACTS.valid_from
    assert "exp" not in SIGNED
    assert "credentialStatus" not in SIGNED, "there is no status list to point at"
    assert SIGNED["credentialSubject"]["licenseNumber"] == FACTS.number


def test_an_end_of_validity_is_stated_in_both_ways() -> None:
    ending = claims(replace(FACTS, valid_until=NOW + DAY))
    assert (ending["validUntil"], ending["exp"]) == ("2026-12-11T02:00:00Z", int((NOW + DAY).timestamp()))


def test_a_demonstration_says_so_and_changes_the_fingerprint() -> None:
    shown = claims(replace(FACTS, demonstration=True))
    assert shown["credentialSubject"]["achievement"]["tag"] == ["demonstration"]
    assert fingerprint(shown) != fingerprint(SIGNED)


def test_the_name_is_not_in_the_credential_but_can_be_checked() -> None:
    assert FACTS.holder_name not in canonical_bytes(SIGNED).decode()
    assert (
        SIGNED["credentialSubject"]["identifier"][0]["identityHash"]
        == "sha256$" + sha256("张三丰5f2c".encode()).hexdigest()
    )
    assert is_holder(SIGNED, " 张三丰 ", "5f2c") is True
    assert is_holder(SIGNED, "张三", "5f2c") is False
    assert is_holder(SIGNED, "张三丰", "5f2d") is False
    for nothing in (
        {},
        {"credentialSubject": {"identifier": []}},
        {"credentialSubject": {"identifier": "x"}},
    ):
        assert is_holder(nothing, "张三丰", "5f2c") is False


def test_without_the_salt_nobody_can_say_whose_it_is() -> None:
    assert FACTS.name_salt not in canonical_bytes(SIGNED).decode()
    assert signed_salt(SIGNED) == ""
    assert is_holder(SIGNED, "张三丰") is None


def test_an_early_credential_is_compared_with_the_salt_inside_it() -> None:
    assert signed_salt(EARLY) == "5f2c"
    assert is_holder(EARLY, "张三丰") is True
    assert is_holder(EARLY, "张三") is False


@pytest.mark.parametrize(
    ("typed", "held", "same"),
    [
        ("张 三丰", "张三丰", True),
        ("张三", "张三丰", False),
        ("", "", False),
        ("买买提艾合买提", "买买提·艾合买提", True),
    ],
)
def test_spaces_and_joints_do_not_make_another_person(typed: str, held: str, same: bool) -> None:
    assert same_name(typed, held) is same


def test_joints_and_widths_of_a_name_do_not_matter() -> None:
    hashes = {
        name_hash(name, "s")
        for name in ("买买提·艾合买提", "买买提•艾合买提", "买买提 · 艾合买提", "买买提・艾合买提")
    }
    assert len(hashes) == 1
    assert name_hash("ＬＩ  Na", "s") == name_hash("li na", "s")
    assert name_hash("张三", "a") != name_hash("张三", "b")


def test_canonical_bytes_survive_transport() -> None:
    assert fingerprint(json.loads(json.dumps(SIGNED))) == fingerprint(SIGNED)
    with pytest.raises(ValueError, match="aware"):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001


def event(name: str, days: int, category: Category | None = None) -> CertificateEvent:
    return CertificateEvent(Happening(name), NOW + days * DAY, category)


@pytest.mark.parametrize(
    ("events", "state", "since"),
    [
        ([], "unknown", None),
        ([event("issued", -9)], "valid", -9),
        ([event("issued", 1)], "unknown", None),
        ([event("issued", -9), event("suspended", -5)], "suspended", -5),
        ([event("issued", -9), event("suspended", -5), event("reinstated", -2)], "valid", -2),
        ([event("issued", -9), event("revoked", -5), event("reinstated", -2)], "revoked", -5),
        ([event("issued", -9), event("revoked", 1)], "valid", -9),
        ([event("issued", -9), event("superseded", -1), event("revoked", 0)], "superseded", -1),
        ([event("revoked", -9)], "unknown", None),
    ],
)
def test_events_fold_to_a_status(events: list[CertificateEvent], state: str, since: int | None) -> None:
    status = fold(events, NOW)
    assert status.state == state
    assert status.since == (None if since is None else NOW + since * DAY)


def test_expiry_hides_validity_but_never_a_revocation() -> None:
    issued, revoked = event("issued", -9), event("revoked", -5, Category.VIOLATION)
    assert fold([issued], NOW, NOW) == CertificateStatus(State.EXPIRED, NOW)
    assert fold([issued], NOW - timedelta(seconds=1), NOW).state is State.VALID
    assert fold([issued, revoked], NOW, NOW) == CertificateStatus(
        State.REVOKED, NOW - 5 * DAY, Category.VIOLATION
    )


@pytest.mark.parametrize(("state", "happening"), list(product(State, Happening)))
def test_what_cannot_happen_is_refused(state: State, happening: Happening) -> None:
    if (state, happening) in TABLE:
        assert step(state, happening) is TABLE[state, happening]
    else:
        with pytest.raises(Conflict):
            step(state, happening)


@given(st.lists(st.sampled_from(Happening), max_size=8))
def test_a_final_state_is_final(names: list[Happening]) -> None:
    states = [
        fold([CertificateEvent(name, NOW) for name in names[:count]], NOW).state
        for count in range(len(names) + 1)
    ]
    for place, state in enumerate(states):
        if state in (State.REVOKED, State.SUPERSEDED):
            assert set(states[place:]) == {state}


VALID = CertificateStatus(State.VALID, FACTS.valid_from)
REGISTERED = RegistryFacts(fingerprint(SIGNED), VALID, in_log=True)
GOOD = VerificationFacts(SIGNED, Signature.GOOD, ISSUER, True, True, REGISTERED)


def with_state(state: State) -> RegistryFacts:
    return replace(REGISTERED, status=CertificateStatus(state, NOW))


@pytest.mark.parametrize(
    ("change", "verdict", "failed"),
    [
        ({}, "valid", []),
        ({"typed_name": "张三丰", "name_salt": "5f2c"}, "valid", []),
        ({"typed_name": "李四", "name_salt": "5f2c"}, "valid", ["holder"]),
        ({"signature": Signature.BAD}, "invalid", ["signature"]),
        ({"signature": Signature.UNKNOWN_KEY}, "invalid", ["signature"]),
        ({"issuer": "did:web:evil.example"}, "invalid", ["issuer"]),
        ({"key_valid_at_issue": False}, "invalid", ["key_valid_at_issue"]),
        ({"key_valid_at_issue": None}, "valid", []),
        ({"registry": replace(REGISTERED, fingerprint="0" * 64)}, "invalid", ["content"]),
        ({"registry": replace(REGISTERED, in_log=False)}, "invalid", ["log"]),
        ({"registry": None}, "unknown", ["registry"]),
        ({"registry": None, "signature": Signature.BAD}, "invalid", ["signature", "registry"]),
        ({"registry": None, "registry_asked": False}, "authentic", []),
        ({"registry": with_state(State.REVOKED)}, "revoked", ["status"]),
        ({"registry": with_state(State.SUSPENDED)}, "suspended", ["status"]),
        ({"registry": with_state(State.SUPERSEDED)}, "superseded", ["status"]),
        ({"registry": with_state(State.EXPIRED)}, "expired", ["status"]),
        (
            {"registry": with_state(State.REVOKED), "signature": Signature.BAD},
            "invalid",
            ["signature", "status"],
        ),
    ],
)
def test_the_verdict_follows_from_named_checks(
    change: dict[str, Any], verdict: str, failed: list[str]
) -> None:
    result = verify(replace(GOOD, **change), NOW)
    assert result.verdict == verdict
    assert [check.name for check in result.checks if check.outcome is Outcome.FAILED] == failed


@pytest.mark.parametrize(
    ("salt", "told", "outcome"),
    [
        ("5f2c", None, Outcome.PASSED),
        ("5f2c", False, Outcome.PASSED),  # what can be worked out is not taken on trust
        ("0000", True, Outcome.FAILED),
        ("", True, Outcome.PASSED),
        ("", False, Outcome.FAILED),
        ("", None, Outcome.NOT_CHECKED),
    ],
)
def test_the_name_is_checked_by_the_hash_else_by_the_registrys_word(
    salt: str, told: bool | None, outcome: Outcome
) -> None:
    registry = replace(GOOD.registry, name_agrees=told)  # type: ignore[type-var]
    asked = replace(GOOD, registry=registry, typed_name="张三丰", name_salt=salt)
    assert verify(asked, NOW).outcome("holder") is outcome


def test_an_early_credential_is_still_valid() -> None:
    status = GOOD.registry.status  # type: ignore[union-attr]
    early = replace(
        GOOD, claims=EARLY, registry=RegistryFacts(fingerprint(EARLY), status), typed_name="张三丰"
    )
    assert verify(early, NOW).verdict is Verdict.VALID
    assert verify(early, NOW).outcome("holder") is Outcome.PASSED


def test_a_code_that_nobody_issued_is_unknown() -> None:
    assert verify(VerificationFacts(None, Signature.BAD, ISSUER), NOW).verdict is Verdict.UNKNOWN


def test_offline_a_credential_expires_and_begins_by_its_own_dates() -> None:
    ending = claims(replace(FACTS, valid_until=NOW))
    offline = VerificationFacts(ending, Signature.GOOD, ISSUER, registry_asked=False)
    assert verify(offline, NOW).verdict is Verdict.EXPIRED
    assert verify(offline, NOW - DAY).verdict is Verdict.AUTHENTIC
    assert verify(offline, FACTS.valid_from - DAY).verdict is Verdict.INVALID
    assert verify(offline, NOW).outcome("status") is Outcome.NOT_CHECKED


@given(
    st.sampled_from(["name", "issuer", "validFrom", "credentialSubject", "iss", "nbf", "awardedDate"]),
    st.none() | st.text() | st.integers(),
)
def test_no_changed_claim_passes_as_valid_against_the_registry(member: str, value: object) -> None:
    forged = SIGNED | {member: value}
    if forged != SIGNED:
        assert verify(replace(GOOD, claims=forged), NOW).verdict is Verdict.INVALID
