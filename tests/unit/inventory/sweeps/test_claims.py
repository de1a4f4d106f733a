from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.inventory.model.claims import (
    TRIES,
    AccountState,
    CloudAccount,
    NewAccount,
    Verdict,
    check_names,
)
from steward.errors import BadInput

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNT = "111122223333"
GOOD = Verdict(entered=True, guarded=True)
PARTLY = Verdict(entered=True, guarded=True, missing=("sqs:ListQueues",))
OPEN = Verdict(entered=True, guarded=False, problems=("lets anybody in",))
SHUT = Verdict(entered=False, guarded=False, problems=("denied",))


def claim() -> CloudAccount:
    return CloudAccount(
        provider="aws",
        account=ACCOUNT,
        reader=f"arn:aws:iam::{ACCOUNT}:role/StewardReader",
        external_id="a",
        actor_external_id="b",
        added_at=NOON,
        added_by="ada",
    )


def after(*verdicts: Verdict) -> CloudAccount:
    account = claim()
    for number, verdict in enumerate(verdicts):
        account = account.checked(verdict, now=NOON + timedelta(hours=number))
    return account


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ((GOOD,), AccountState.VERIFIED),
        ((PARTLY,), AccountState.DEGRADED),
        ((OPEN,), AccountState.PENDING),
        ((SHUT,) * (TRIES + 1), AccountState.PENDING),
        ((GOOD, SHUT), AccountState.DEGRADED),
        ((GOOD, *(SHUT,) * TRIES), AccountState.SUSPENDED),
        ((GOOD, *(SHUT,) * TRIES, GOOD), AccountState.VERIFIED),
        ((GOOD, SHUT, GOOD, SHUT, SHUT), AccountState.DEGRADED),
        ((GOOD, OPEN), AccountState.DEGRADED),
    ],
)
def test_an_account_is_what_its_checks_prove(
    verdicts: tuple[Verdict, ...], state: AccountState
) -> None:
    assert after(*verdicts).state is state


def test_a_role_that_lets_anybody_in_proves_nothing() -> None:
    assert after(OPEN).proven_at is None


def test_a_claim_that_is_never_proven_is_forgotten_and_one_that_is_stays() -> None:
    assert claim().forgotten_at == NOON + timedelta(days=14)
    assert after(GOOD).forgotten_at is None
    assert claim().model_copy(update={"vouched": True}).forgotten_at is None


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"account": "1111"}, "twelve digits"),
        ({"account": ACCOUNT, "reader": "arn:aws:iam::999999999999:role/StewardX"}, "999999999999"),
        ({"account": ACCOUNT, "reader": f"arn:aws:iam::{ACCOUNT}:role/Admin"}, "role/Steward"),
        ({"provider": "azure", "account": "not-a-uuid"}, "UUID"),
        (
            {"provider": "gcp", "account": "acme-prod", "reader": "ada@example.com"},
            "service account",
        ),
    ],
)
def test_what_cannot_be_an_account_or_its_role_is_refused(
    fields: dict[str, str], word: str
) -> None:
    with pytest.raises(BadInput, match=word):
        check_names(NewAccount.model_validate(fields))
