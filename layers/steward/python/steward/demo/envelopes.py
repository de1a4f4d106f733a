"""Envelopes as EventBridge sends them, made one after the other with ids that follow from a seed.

Sources: AWS Config developer guide, "Example notifications"; CloudTrail user guide, "Record contents";
EC2 user guide, "Instance state-change notification".
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

Json = dict[str, Any]


class Place(NamedTuple):
    """An account and a region."""

    account: str
    region: str


class Sent(NamedTuple):
    """An envelope and when it is delivered: not always in the order in which things happened."""

    delivered: datetime
    envelope: Json


class Person(NamedTuple):
    """Who calls: a user, or somebody behind a role; from where, with which tool."""

    name: str
    kind: str
    address: str
    tool: str

    def identity(self, account: str) -> Json:
        """The userIdentity element."""
        if self.kind == "Root":
            root = f"arn:aws:iam::{account}:root"
            return {"type": "Root", "principalId": account, "arn": root, "accountId": account}
        if self.kind == "AssumedRole":
            return self._role(account)
        return {
            "type": "IAMUser",
            "principalId": f"AIDA{self.name.upper():Q<17.17}",
            "arn": f"arn:aws:iam::{account}:user/{self.name}",
            "accountId": account,
            "accessKeyId": f"AKIA{self.name.upper():K<16.16}",
            "userName": self.name,
        }

    def _role(self, account: str) -> Json:
        principal = f"AROA{self.name.upper().replace('-', ''):R<17.17}"
        issuer = {
            "type": "Role",
            "principalId": principal,
            "arn": f"arn:aws:iam::{account}:role/{self.name}",
            "accountId": account,
            "userName": self.name,
        }
        return {
            "type": "AssumedRole",
            "principalId": f"{principal}:session",
            "arn": f"arn:aws:sts::{account}:assumed-role/{self.name}/session",
            "accountId": account,
            "sessionContext": {
                "sessionIssuer": issuer,
                "attributes": {"mfaAuthenticated": "false"},
            },
        }


class Item(NamedTuple):
    """What a configuration item says about a resource."""

    place: Place
    type: str
    id: str
    configuration: Json
    name: str | None = None
    arn: str | None = None
    supplementary: Json | None = None
    tags: dict[str, str] | None = None
    relationships: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class Recorder:
    """Writes the day down."""

    rng: random.Random
    sent: list[Sent] = field(default_factory=list)

    def item(
        self, at: datetime, item: Item, *, status: str = "OK", late: timedelta | None = None
    ) -> Json:
        """A configuration item, captured at ``at`` and delivered a little later."""
        deleted = status == "ResourceDeleted"
        body: Json = {
            "relatedEvents": [],
            "relationships": [
                {"resourceId": id_, "resourceType": type_name, "resourceName": None, "name": kind}
                for kind, type_name, id_ in item.relationships
            ],
            "configuration": None if deleted else item.configuration,
            "supplementaryConfiguration": {} if deleted else item.supplementary or {},
            "tags": item.tags or {},
            "configurationItemVersion": "1.3",
            "configurationItemCaptureTime": _millis(at),
            "configurationStateId": int(at.timestamp() * 1000),
            "awsAccountId": item.place.account,
            "configurationItemStatus": status,
            "resourceType": item.type,
            "resourceId": item.id,
            "resourceName": item.name,
            "ARN": item.arn,
            "awsRegion": item.place.region,
            "availabilityZone": "Not Applicable",
            "configurationStateMd5Hash": "",
            "resourceCreationTime": "2025-06-02T07:30:00.000Z",
        }
        detail = {
            "recordVersion": "1.3",
            "messageType": "ConfigurationItemChangeNotification",
            "configurationItemDiff": None,
            "notificationCreationTime": _millis(at + timedelta(seconds=2)),
            "configurationItem": body,
        }
        lag = late or timedelta(seconds=self.rng.randint(4, 40))
        kind = "Config Configuration Item Change"
        return self.send(at + lag, item.place, "aws.config", kind, detail, at=at)

    def call(
        self,
        at: datetime,
        place: Place,
        who: Person,
        service: str,
        name: str,
        request: Json | None = None,
        response: Json | None = None,
        **more: Any,
    ) -> Json:
        """A management call, as CloudTrail records it and EventBridge passes it on."""
        late = more.pop("late", timedelta(seconds=self.rng.randint(2, 90)))
        detail = {
            "eventVersion": "1.09",
            "userIdentity": who.identity(place.account),
            "eventTime": _seconds(at),
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "awsRegion": place.region,
            "sourceIPAddress": who.address,
            "userAgent": who.tool,
            "requestParameters": request,
            "responseElements": response,
            "requestID": self._id(),
            "eventID": self._id(),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": place.account,
            "eventCategory": "Management",
            **more,
        }
        kind = "AWS API Call via CloudTrail"
        return self.send(at + late, place, f"aws.{service}", kind, detail, at=at)

    def state(self, at: datetime, place: Place, instance: str, state: str) -> Json:
        """An instance passed into a state."""
        arn = f"arn:aws:ec2:{place.region}:{place.account}:instance/{instance}"
        detail = {"instance-id": instance, "state": state}
        kind = "EC2 Instance State-change Notification"
        lag = timedelta(seconds=self.rng.randint(1, 5))
        return self.send(at + lag, place, "aws.ec2", kind, detail, at=at, resources=[arn])

    def send(
        self,
        delivered: datetime,
        place: Place,
        source: str,
        kind: str,
        detail: Json,
        *,
        at: datetime | None = None,
        resources: list[str] | None = None,
    ) -> Json:
        """Any event in its envelope."""
        envelope = {
            "version": "0",
            "id": self._id(),
            "detail-type": kind,
            "source": source,
            "account": place.account,
            "time": _seconds(at or delivered),
            "region": place.region,
            "resources": resources or [],
            "detail": detail,
        }
        self.sent.append(Sent(delivered, envelope))
        return envelope

    def again(self, envelope: Json, *, after: timedelta) -> None:
        """EventBridge delivers at least once: the very same envelope comes a second time."""
        first = next(one for one in self.sent if one.envelope is envelope)
        self.sent.append(Sent(first.delivered + after, envelope))

    def in_order_of_delivery(self) -> list[Json]:
        """The day as it arrived."""
        return [one.envelope for one in sorted(self.sent, key=lambda one: one.delivered)]

    def _id(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))


def _seconds(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _millis(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
