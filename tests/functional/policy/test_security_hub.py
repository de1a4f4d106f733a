from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from functions.policy.adapters.security_hub import AwsSecurityHub
from functions.policy.model.exports.asff import asff
from functions.policy.model.finding import FINDINGS, Finding, new_finding
from functions.policy.model.hub import ATTEMPTS, HUB_ENTRIES, HUBS, Hub, batches
from functions.policy.model.rule import Violation
from functions.policy.ports import HubFailure
from functions.policy.service.hubbing import HubRequest, Hubs
from steward.contracts.event import Event
from steward.contracts.policy import HubContinued, HubDue
from steward.errors import BadInput, Denied, Throttled, Transient
from steward.manifest import load_function
from steward.store.records import StaleVersion, Store
from steward.store.work import MemoryClaims, Scope, Work
from tests.functional.policy.policy_world import NOON, made_rule, policy_world, resource

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/StewardHub"
PUSH = load_function("policy.push-to-security-hub")


def finding(number: int, **changes: object) -> Finding:
    """A finding on a bucket of its own."""
    one = resource().model_copy(update={"id": f"r{number}", "native_id": f"bucket-{number}"})
    made = new_finding(made_rule(), one, Violation(f"bucket {number} is open"), NOON)
    return made.model_copy(update={"view": made.view.model_copy(update=changes)})


@dataclass
class FakeHub:
    """Security Hub that refuses some, is busy for some, and remembers the rest as they last were."""

    held: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    failing: dict[str, str] = field(default_factory=dict)
    down: Exception | None = None

    def send(
        self, hub: Hub, region: str, documents: Sequence[Mapping[str, Any]], /
    ) -> Sequence[HubFailure]:
        if self.down is not None:
            raise self.down
        assert all(document["AwsAccountId"] == hub.account for document in documents)
        assert all(document["Region"] == region for document in documents)
        self.sizes.append(len(documents))
        lost = [each for each in documents if each["Id"] in self.failing]
        self.held |= {each["Id"]: each for each in documents if each not in lost}
        return [HubFailure(each["Id"], self.failing[each["Id"]], "no") for each in lost]


@dataclass
class HubWorld:
    """One tenant's table, and what its functions would be woken by."""

    store: Store
    far: FakeHub = field(default_factory=FakeHub)
    timers: dict[str, tuple[datetime, Event]] = field(default_factory=dict)
    waiting: list[Event] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=itertools.count)
    now: datetime = NOON

    def do(self, use: Any) -> Any:
        """One Work."""
        name = f"commit-{next(self.ids)}"
        work = Work(
            Scope(
                store=self.store,
                claims=MemoryClaims(),
                function=PUSH,
                tenant="acme",
                now=self.now,
                commit_id=name,
                actor="ana",
                correlation_id="test",
            )
        )
        table = work.table("policy")

        def later(when: datetime, event: Event, *, key: str) -> None:
            work.at(when, event, key=key)
            self.timers[key] = (when, event)

        def publish(event: Event) -> None:
            work.publish(event)
            self.waiting.append(event)

        answer = use(
            Hubs(
                hubs=table.of(HUBS),
                entries=table.of(HUB_ENTRIES),
                findings=table.of(FINDINGS),
                far=self.far,
                publish=publish,
                later=later,
                new_id=work.new_id,
                now=self.now,
                by="ana",
            )
        )
        work.commit()
        return answer

    def keep(self, *findings: Finding) -> None:
        def put(hubs: Hubs) -> None:
            for each in findings:
                hubs.findings.get(each.id)
                hubs.findings.put(each)

        self.do(put)

    def change(self, each: Finding) -> None:
        self.keep(each)
        self.do(lambda hubs: hubs.note(each.view))

    def connect(self) -> None:
        self.do(lambda hubs: hubs.connect(HubRequest(account=ACCOUNT, role=ROLE)))
        self.settle()

    def settle(self) -> None:
        """Every event, and every timer whose time comes, until nothing is left to do."""
        while self.waiting or self.timers:
            if not self.waiting:
                key = min(self.timers, key=lambda name: self.timers[name][0])
                when, event = self.timers.pop(key)
                self.now = max(self.now, when)
                self.waiting.append(event)
            due = self.waiting.pop(0)
            match due:
                case HubDue():
                    self.do(lambda hubs, due=due: hubs.push(due))
                case HubContinued():
                    self.do(lambda hubs, due=due: hubs.go_on(due))


@pytest.fixture
def world(tmp_path: Path) -> HubWorld:
    return HubWorld(policy_world(tmp_path, []).store)


def test_an_account_that_is_connected_has_all_its_findings_and_every_change(
    world: HubWorld,
) -> None:
    world.keep(*map(finding, range(85)))
    world.keep(*map(finding, range(85, 170)))
    world.connect()
    assert len(world.far.held) == 170
    assert max(world.far.sizes) <= 100
    world.change(finding(3, status="waived", version=2))
    world.settle()
    assert world.far.held[f"steward/{finding(3).id}"]["Workflow"] == {"Status": "SUPPRESSED"}


def test_changes_of_one_minute_travel_together_and_one_finding_once(world: HubWorld) -> None:
    world.connect()
    world.far.sizes.clear()
    for number in (1, 2, 1, 3, 1):
        world.change(finding(number))
    world.settle()
    assert world.far.sizes == [3]


def test_what_is_of_no_connected_account_or_other_provider_is_not_pushed(world: HubWorld) -> None:
    world.change(finding(1))
    world.connect()
    world.far.held.clear()
    world.change(finding(2, account="999988887777"))
    world.change(finding(3, provider="azure"))
    world.settle()
    assert world.far.held == {}


def test_part_of_a_batch_that_fails_is_tried_again_and_the_rest_is_not(world: HubWorld) -> None:
    world.connect()
    busy = f"steward/{finding(2).id}"
    world.far.failing = {busy: "InternalError"}
    for number in range(5):
        world.change(finding(number))
    (_, due), *_ = world.timers.values()
    world.timers.clear()
    world.do(lambda hubs: hubs.push(due))
    assert (len(world.far.held), len(world.timers)) == (4, 1)
    world.far.failing, world.far.sizes = {}, []
    world.settle()
    assert (busy in world.far.held, world.far.sizes) == (True, [1])


def test_what_is_refused_is_shown_with_the_reason_and_not_tried_again(world: HubWorld) -> None:
    world.connect()
    world.far.failing = {f"steward/{finding(2).id}": "InvalidInput"}
    for number in range(3):
        world.change(finding(number))
    world.settle()
    shown = world.do(lambda hubs: hubs.refused(ACCOUNT, cursor=None, limit=10)).items
    assert [(each.finding, each.attempts) for each in shown] == [(finding(2).id, 1)]
    assert shown[0].error == "InvalidInput: no"


@pytest.mark.parametrize("trouble", [Transient("no answer"), Denied("no such role")])
def test_a_hub_that_stays_shut_is_given_up_after_some_attempts(
    world: HubWorld, trouble: Exception
) -> None:
    world.connect()
    world.far.down = trouble
    world.change(finding(1))
    world.settle()
    (shown,) = world.do(lambda hubs: hubs.refused(ACCOUNT, cursor=None, limit=10)).items
    assert (shown.attempts, str(trouble) in shown.error) == (ATTEMPTS, True)
    world.far.down = None
    world.connect()
    assert len(world.far.held) == 1
    assert world.do(lambda hubs: hubs.refused(ACCOUNT, cursor=None, limit=10)).items == ()


def test_a_change_during_a_push_is_pushed_as_well(world: HubWorld) -> None:
    world.connect()
    world.change(finding(1))
    (_, due), *_ = world.timers.values()

    def overtaken(hubs: Hubs) -> None:
        assert isinstance(due, HubDue)
        hubs.push(due)
        world.change(finding(1, status="waived", version=2))

    with pytest.raises(StaleVersion):
        world.do(overtaken)
    world.settle()
    assert world.far.held[f"steward/{finding(1).id}"]["Workflow"] == {"Status": "SUPPRESSED"}


def test_a_disconnected_account_gets_nothing_more(world: HubWorld) -> None:
    world.connect()
    world.change(finding(1))
    world.do(lambda hubs: hubs.disconnect(ACCOUNT))
    world.settle()
    assert world.far.held == {}


@pytest.mark.parametrize(
    "role", ["arn:aws:iam::999988887777:role/StewardHub", f"arn:aws:iam::{ACCOUNT}:role/Admin", "x"]
)
def test_a_role_that_is_not_the_accounts_or_not_ours_is_refused(world: HubWorld, role: str) -> None:
    with pytest.raises(BadInput, match="begins with Steward"):
        world.do(lambda hubs: hubs.connect(HubRequest(account=ACCOUNT, role=role)))


def test_the_external_id_is_ours_and_stays(world: HubWorld) -> None:
    ask = HubRequest(account=ACCOUNT, role=ROLE)
    first = world.do(lambda hubs: hubs.connect(ask))
    second = world.do(lambda hubs: hubs.connect(ask))
    assert len(first.external_id) > 20
    assert first.external_id == second.external_id


@given(st.lists(st.integers(0, 3_000), max_size=300), st.integers(1, 100))
def test_batches_hold_everything_in_order_within_the_limits(sizes: list[int], most: int) -> None:
    documents = [{"Id": str(number), "x": "y" * size} for number, size in enumerate(sizes)]
    found = list(batches(documents, most=most, room=10_000))
    assert [each for batch in found for each in batch] == documents
    for batch in found:
        assert 1 <= len(batch) <= most
        assert len(json.dumps(batch)) <= 10_000 or len(batch) == 1


class Updating:
    """boto3's own client against moto, with BatchUpdateFindings, which moto lacks, beside it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.updated: list[dict[str, Any]] = []

    def batch_import_findings(self, **arguments: Any) -> Any:
        return self._client.batch_import_findings(**arguments)

    def batch_update_findings(self, **arguments: Any) -> Any:
        shape = self._client.meta.service_model.operation_model("BatchUpdateFindings").input_shape
        assert not ParamValidator().validate(arguments, shape).has_errors()
        self.updated.append(arguments)
        return {"ProcessedFindings": [], "UnprocessedFindings": []}


HUB = Hub(account=ACCOUNT, role=ROLE, external_id="x" * 26, connected_at=NOON, connected_by="ana")


@mock_aws
def test_documents_arrive_in_security_hub_as_the_role_of_the_account() -> None:
    opened: list[tuple[str, Mapping[str, str]]] = []
    held: list[Updating] = []

    def client(service: str, region: str, keys: Mapping[str, str]) -> Any:
        opened.append((service, keys))
        made = boto3.client(service, region_name=region, **keys)
        if service == "securityhub":
            held.append(Updating(made))
            return held[-1]
        return made

    documents = [asff(finding(number).view) for number in range(3)]
    documents += [asff(finding(9, status="resolved").view)]
    assert AwsSecurityHub(client).send(HUB, "eu-west-1", documents) == []
    assert [service for service, _ in opened] == ["sts", "securityhub"]
    assert opened[1][1]["aws_session_token"]
    there = boto3.client("securityhub", region_name="eu-west-1", **opened[1][1]).get_findings()
    assert {each["Id"] for each in there["Findings"]} == {each["Id"] for each in documents}
    moved = {each["Workflow"]["Status"]: each["FindingIdentifiers"] for each in held[0].updated}
    assert {status: len(ids) for status, ids in moved.items()} == {"NEW": 3, "RESOLVED": 1}


def test_every_document_fits_the_shape_that_security_hub_declares() -> None:
    model = get_session().get_service_model("securityhub")
    shape = model.operation_model("BatchImportFindings").input_shape
    statuses = ("open", "in_review", "remediating", "waived", "false_positive", "resolved")
    documents = [asff(finding(n, status=status).view) for n, status in enumerate(statuses)]
    report = ParamValidator().validate({"Findings": documents}, shape)
    assert report.generate_report() == ""


@dataclass
class Scripted:
    """Answers in order; an exception is raised."""

    answers: list[Any]

    def assume_role(self, **_: Any) -> Any:
        made = {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}
        return {"Credentials": made}

    def batch_import_findings(self, **_: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def batch_update_findings(self, **arguments: Any) -> Any:
        lost = arguments["FindingIdentifiers"][:1]
        failed = [
            {"FindingIdentifier": each, "ErrorCode": "x", "ErrorMessage": "y"} for each in lost
        ]
        return {"UnprocessedFindings": failed}


def refused(code: str, status: int) -> ClientError:
    answer = {
        "Error": {"Code": code, "Message": "m"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "BatchImportFindings")


def test_failures_of_an_import_and_of_its_workflow_are_both_told() -> None:
    documents = [asff(finding(number).view) for number in range(3)]
    lost = {"Id": documents[0]["Id"], "ErrorCode": "InvalidInput", "ErrorMessage": "bad"}
    far = AwsSecurityHub(lambda *_: Scripted([{"FailedFindings": [lost]}]))
    failed = far.send(HUB, "eu-west-1", documents)
    assert [(each.id, each.code) for each in failed] == [
        (documents[0]["Id"], "InvalidInput"),
        (documents[1]["Id"], "x"),
    ]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused("TooManyRequestsException", 429), Throttled),
        (refused("InternalException", 500), Throttled),
        (refused("Odd", 503), Transient),
        (refused("AccessDeniedException", 403), Denied),
        (refused("InvalidAccessException", 401), Denied),
    ],
)
def test_errors_of_the_far_side_are_told_apart(error: ClientError, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        AwsSecurityHub(lambda *_: Scripted([error])).send(HUB, "eu-west-1", [asff(finding(1).view)])
