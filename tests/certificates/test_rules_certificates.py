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
    status_index=90_210,
)
SIGNED = claims(FACTS)


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
    assert SIGNED["credentialStatus"]["statusListIndex"] == "90210"
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
    assert is_holder(SIGNED, " 张三丰 ")
    assert not is_holder(SIGNED, "张三")
    assert not is_holder({}, "张三丰")
    assert not is_holder({"credentialSubject": {"identifier": []}}, "张三丰")


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
        ({"typed_name": "张三丰"}, "valid", []),
        ({"typed_name": "李四"}, "valid", ["holder"]),
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
