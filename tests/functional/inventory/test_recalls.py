from __future__ import annotations

from typing import Any

from steward.contracts.policy import RulePlaced
from tests.edge_world import cloud_event
from tests.functional.inventory.estate import TENANT, Estate, estate
from tests.functional.inventory.test_record_change import fresh
from tests.unit.inventory.notices import ACCOUNT, item

__all__ = ["estate"]

OTHER = "444455556666"
BUCKETS = 55


def known(estate: Estate, kind: str, count: int, *, account: str = ACCOUNT) -> None:
    for number in range(count):
        name = f"{account}-{kind.rpartition(':')[2].lower()}-{number}"
        told = item(kind, name, resourceName=name, awsAccountId=account)
        estate.send(fresh({**told, "account": account}, hash(name) % 10**8))


def place(estate: Estate, *types: str, stage: str = "live", accounts: tuple[str, ...] = ()) -> None:
    event = RulePlaced.model_validate(
        {
            "rule_id": "bucket-named",
            "stage": stage,
            "version": 2,
            "previous": 1,
            "accounts": accounts,
            "resources": types,
            "reason": "to try it",
        }
    )
    detail: dict[str, Any] = cloud_event(event, id_=f"{stage}{accounts}", tenant=TENANT)["detail"]
    estate.pump.put_events(detail)
    estate.pump.drain()


def recalled(estate: Estate) -> list[str]:
    told = (one for one in estate.published() if one["type"] == "inventory.resource.recalled.v1")
    return sorted(one["data"]["resource"]["name"] for one in told)


def test_a_placed_rule_recalls_every_resource_of_its_types_once(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    known(estate, "AWS::S3::Bucket", BUCKETS)
    known(estate, "AWS::SQS::Queue", 2)
    known(estate, "AWS::SNS::Topic", 2)
    place(estate, "AWS::S3::Bucket", "AWS::SNS::Topic")
    names = recalled(estate)
    assert len(names) == len(set(names)) == BUCKETS + 2
    assert not any("queue" in name for name in names)
    assert estate.letters() == []


def test_a_rule_that_goes_ahead_recalls_its_accounts_alone(estate: Estate) -> None:
    estate.claim(ACCOUNT, OTHER)
    known(estate, "AWS::S3::Bucket", 2)
    known(estate, "AWS::S3::Bucket", 3, account=OTHER)
    place(estate, "AWS::S3::Bucket", stage="ahead", accounts=(OTHER,))
    assert recalled(estate) == [f"{OTHER}-bucket-{n}" for n in range(3)]


def test_a_rule_of_no_type_recalls_nothing(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    known(estate, "AWS::S3::Bucket", 1)
    place(estate)
    assert recalled(estate) == []
