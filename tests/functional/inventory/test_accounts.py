from __future__ import annotations

from datetime import timedelta

from tests.functional.inventory.estate import TENANT, Estate, estate
from tests.functional.inventory.test_record_change import bucket, fresh
from tests.unit.inventory.notices import ACCOUNT, item

__all__ = ["estate"]


def test_events_of_an_account_nobody_claimed_wait_with_the_reason(estate: Estate) -> None:
    estate.send(bucket(1, n=1))
    (entry,) = estate.parked()
    assert entry.reason == f"no tenant has claimed aws account {ACCOUNT}"
    assert estate.resources() == []


def test_they_are_released_to_the_tenant_that_adds_the_account(estate: Estate) -> None:
    estate.send(*(bucket(n, n=n) for n in (1, 2, 3)))
    estate.claim(ACCOUNT)
    (shown,) = estate.resources()
    assert shown["version"] == 3
    assert estate.parked() == ()


def test_more_than_one_pass_releases_them_all(estate: Estate) -> None:
    estate.send(*(bucket(n, n=n) for n in range(55)))
    estate.claim(ACCOUNT)
    assert estate.resources()[0]["version"] == 55
    assert estate.parked() == ()


def test_an_event_parked_just_after_the_account_was_added_is_released_a_little_later(
    estate: Estate,
) -> None:
    estate.send(bucket(1, n=1))
    status, _ = estate.http("POST", "/accounts", body={"account": ACCOUNT})
    assert status == 200
    estate.send(bucket(2, n=2))
    estate.now += timedelta(seconds=31)
    estate.pump.drain()
    assert estate.parked() == ()
    assert estate.resources()[0]["version"] == 2


def test_a_parked_event_that_turns_out_hopeless_is_kept_by_its_owner_with_the_reason(
    estate: Estate,
) -> None:
    hopeless = fresh(item("AWS::S3::Bucket", "x", awsAccountId="999999999999"), 9)
    estate.send(hopeless, bucket(1, n=1))
    estate.claim(ACCOUNT)
    assert estate.parked() == ()
    (entry,) = estate.parked(tenant=TENANT)
    assert "in an envelope of" in entry.reason
    assert len(estate.resources()) == 1


def test_an_account_is_listed_and_can_be_given_up(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    estate.claim(ACCOUNT)
    (shown,) = estate.get("/accounts")["items"]
    assert (shown["provider"], shown["account"]) == ("aws", ACCOUNT)
    assert estate.http("DELETE", f"/accounts/aws/{ACCOUNT}")[0] == 204
    assert estate.get("/accounts")["items"] == []
    assert estate.http("DELETE", f"/accounts/aws/{ACCOUNT}")[0] == 404


def test_a_viewer_sees_accounts_and_changes_none(estate: Estate) -> None:
    status, answer = estate.http("POST", "/accounts", key=estate.viewer, body={"account": ACCOUNT})
    assert status == 403
    assert "account:manage" in answer["detail"]
    assert estate.http("DELETE", f"/accounts/aws/{ACCOUNT}", key=estate.viewer)[0] == 403


def test_an_account_with_a_strange_name_is_refused(estate: Estate) -> None:
    assert estate.http("POST", "/accounts", body={"account": "a b"})[0] == 422
    assert estate.http("POST", "/accounts", body={"account": "1", "provider": "other"})[0] == 422
