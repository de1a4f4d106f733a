"""What the cloud is seeded with: so many resources of many types, and a ledger of exactly what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botocore.session import get_session

REGIONS = ("us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2")
ACCOUNTS = ("111111111111", "222222222222", "333333333333")
READER = "StewardReader"
EXTERNAL_ID = "made-up-for-each-claim"
SEEDER = "seed"


class Size(NamedTuple):
    """How much there is; the resources are spread evenly over accounts, regions and types."""

    accounts: int = 3
    regions: int = 4
    resources: int = 20_000

    @property
    def places(self) -> list[tuple[str, str]]:
        """Every account with every region."""
        return [(a, r) for a in ACCOUNTS[: self.accounts] for r in REGIONS[: self.regions]]


class Entry(NamedTuple):
    """One resource that there is."""

    account: str
    type: str
    native_id: str

    def bare(self) -> Entry:
        """With what tells ids of one type apart, in whichever form a source gives them."""
        words = re.split(r"[:/]", self.native_id)
        return self._replace(native_id="/".join(words[-2:]) if words[-1].isdigit() else words[-1])


def bare(entries: Iterable[Entry], types: Collection[str]) -> set[Entry]:
    """Those of some types, with bare ids."""
    return {one.bare() for one in entries if one.type in types}


@dataclass(slots=True)
class Ledger:
    """What there is."""

    entries: set[Entry] = field(default_factory=set)

    def plain(self) -> list[list[str]]:
        """The ledger as JSON."""
        return sorted([list(entry) for entry in self.entries])


@dataclass(frozen=True, slots=True)
class Spot:
    """One account in one region, to make things in."""

    session: Any
    account: str
    region: str
    credentials: dict[str, str]
    clients: dict[str, Any]

    def client(self, service: str) -> Any:
        """A client of boto3's there."""
        if service not in self.clients:
            self.clients[service] = self.session.create_client(
                service, region_name=self.region, **self.credentials
            )
        return self.clients[service]

    def name(self, kind: str, number: int) -> str:
        """A name that is there once in all the world."""
        return f"{kind}-{self.account[:3]}-{self.region}-{number:04d}"


Made = Iterator[tuple[str, str]]
Maker = Callable[[Spot, int], Made]


def seeded(size: Size, *, only: frozenset[str] = frozenset()) -> Ledger:
    """Make everything, under a running mock; the ledger of it, with what moto has of its own accord."""
    from benchmarks.cloud.makers import DEFAULTS, HOME, MAKERS

    ledger = Ledger()
    # One made before the mock began would not be its.
    session = get_session()
    chosen = {name: make for name, make in MAKERS.items() if not only or name in only}
    for number, (account, region) in enumerate(size.places):
        spot = _spot(session, account, region)
        if region == REGIONS[0]:
            ledger.entries.add(Entry(account, "AWS::IAM::Role", _reader(spot)))
        for maker_name, make in chosen.items():
            share = _share(size, number, maker_name, chosen)
            if maker_name in HOME:
                # What the other regions would have had of it.
                share = share * size.regions if region == REGIONS[0] else 0
            _note(ledger, spot, make(spot, share))
        for default in DEFAULTS:
            _note(ledger, spot, default(spot))
    return ledger


def _share(size: Size, place: int, maker: str, chosen: dict[str, Maker]) -> int:
    """How many a maker makes in one place, so that all of them together make so many."""
    slots = len(chosen) * len(size.places)
    slot = place * len(chosen) + sorted(chosen).index(maker)
    return size.resources // slots + (slot < size.resources % slots)


def _note(ledger: Ledger, spot: Spot, made: Made) -> None:
    for type_name, native_id in made:
        ledger.entries.add(Entry(spot.account, type_name, native_id))


def _spot(session: Any, account: str, region: str) -> Spot:
    client = session.create_client(
        "sts", region_name=region, aws_access_key_id="seed", aws_secret_access_key=SEEDER
    )
    keys = client.assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/Seeder", RoleSessionName="seeding"
    )["Credentials"]
    credentials = {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }
    return Spot(session, account, region, credentials, {})


def trust(external_id: str) -> str:
    """The trust policy of a role that asks for this external id."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
                }
            ],
        }
    )


def _reader(spot: Spot) -> str:
    policy = trust(EXTERNAL_ID)
    spot.client("iam").create_role(RoleName=READER, AssumeRolePolicyDocument=policy)
    return READER
