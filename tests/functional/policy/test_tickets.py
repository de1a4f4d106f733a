from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from functions.policy.adapters.trackers import GitHubIssues, JiraCloud, Wire, desk
from functions.policy.model.finding import FINDINGS, Finding, new_finding
from functions.policy.model.rule import Violation
from functions.policy.model.ticket import (
    PATIENCE,
    TICKETS,
    TRACKERS,
    GitHub,
    Jira,
    Place,
    Standing,
    Ticket,
    TicketRoute,
    ticket_id,
)
from functions.policy.ports import Filed
from functions.policy.service.ticketing import Tickets, TrackerRequest
from steward.contracts.event import Event
from steward.contracts.policy import FindingView, TicketDue
from steward.errors import Denied, Permanent, StewardError, Throttled, Transient
from steward.manifest import load_function
from steward.outbound import Outbound
from steward.secrets import FileSecrets
from steward.store.records import Store
from steward.store.work import MemoryClaims, Scope, Work
from tests.functional.policy.policy_world import NOON, made_rule, policy_world, resource
from tests.functional.policy.test_policy_on_the_runtime import OPEN, RULE, Estate

FILE = load_function("policy.file-tickets")
JIRA = Jira(site="https://acme.atlassian.net", project="SEC", email="ana@example.com")
GITHUB = GitHub(repository="acme/web")


def finding(status: str = "open", **changes: object) -> Finding:
    made = new_finding(made_rule(), resource(), Violation("the bucket is open"), NOON)
    view = made.view.model_copy(update={"status": status, "severity": "high", **changes})
    return made.model_copy(update={"view": view})


@dataclass
class FakeDesk:
    """A tracker that remembers, and fails as told, before or after it did what was asked."""

    made: dict[str, Standing] = field(default_factory=dict)
    moves: list[Standing] = field(default_factory=list)
    before: list[StewardError] = field(default_factory=list)
    after: list[StewardError] = field(default_factory=list)

    def find(self, mark: str) -> Filed | None:
        return Filed(mark, f"https://t/{mark}", self.made[mark]) if mark in self.made else None

    def make(self, mark: str, view: FindingView) -> Filed:
        if self.before:
            raise self.before.pop(0)
        assert mark not in self.made
        self.made[mark] = "open"
        if self.after:
            raise self.after.pop(0)
        return Filed(mark, f"https://t/{mark}", "open")

    def move(self, key: str, to: Standing) -> None:
        self.made[key] = to
        self.moves.append(to)


@dataclass
class TicketWorld:
    """One tenant's tickets, with a tracker that is a fake."""

    store: Store
    secrets: FileSecrets
    far: FakeDesk = field(default_factory=FakeDesk)
    opened: list[tuple[Place, str]] = field(default_factory=list)
    waiting: list[TicketDue] = field(default_factory=list)
    timers: dict[str, tuple[datetime, TicketDue]] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=itertools.count)
    now: datetime = NOON

    def connect(self, place: Place, token: str) -> FakeDesk:
        self.opened.append((place, token))
        return self.far

    def do(self, use: Any) -> Any:
        work = Work(
            Scope(
                store=self.store,
                claims=MemoryClaims(),
                function=FILE,
                tenant="acme",
                now=self.now,
                commit_id=f"commit-{next(self.ids)}",
                actor="ana",
                correlation_id="test",
            )
        )
        table = work.table("policy")

        def publish(event: Event) -> None:
            work.publish(event)
            assert isinstance(event, TicketDue)
            self.waiting.append(event)

        def later(when: datetime, event: Event, *, key: str) -> None:
            work.at(when, event, key=key)
            assert isinstance(event, TicketDue)
            self.timers[key] = (when, event)

        answer = use(
            Tickets(
                tenant="acme",
                trackers=table.of(TRACKERS),
                tickets=table.of(TICKETS),
                findings=table.of(FINDINGS),
                vault=self.secrets,
                connect=self.connect,
                publish=publish,
                later=later,
                new_id=work.new_id,
                now=self.now,
                by="ana",
            )
        )
        work.commit()
        return answer

    def add(self, **route: Any) -> str:
        ask = TrackerRequest.model_validate(
            {"name": "web", "place": GITHUB, "route": route, "token": "ghp_12345678"}
        )
        return str(self.do(lambda tickets: tickets.add(ask)).id)

    def change(self, one: Finding) -> None:
        def put(tickets: Tickets) -> None:
            tickets.findings.get(one.id)
            tickets.findings.put(one)

        self.do(put)
        self.do(lambda tickets: tickets.note(one.view))

    def settle(self) -> None:
        while self.waiting or self.timers:
            if not self.waiting:
                key = min(self.timers, key=lambda name: self.timers[name][0])
                self.now, due = self.timers.pop(key)
                self.waiting.append(due)
            due = self.waiting.pop(0)
            self.do(lambda tickets, due=due: tickets.file(due))

    def ticket(self) -> Ticket:
        (found,) = self.do(lambda tickets: tickets.of(finding().id)).items
        assert isinstance(found, Ticket)
        return found


@pytest.fixture
def world(tmp_path: Path) -> TicketWorld:
    return TicketWorld(policy_world(tmp_path, []).store, FileSecrets(tmp_path / "secrets"))


@pytest.mark.parametrize(
    ("status", "stands"),
    [
        ("in_review", "doing"),
        ("remediating", "doing"),
        ("waived", "dropped"),
        ("false_positive", "dropped"),
        ("resolved", "done"),
    ],
)
def test_a_ticket_follows_its_finding_there_and_back(
    world: TicketWorld, status: str, stands: Standing
) -> None:
    world.add()
    world.change(finding())
    world.settle()
    assert list(world.far.made.values()) == ["open"]
    world.change(finding(status))
    world.change(finding(status))
    world.settle()
    assert (list(world.far.made.values()), world.far.moves) == ([stands], [stands])
    world.change(finding("reopened"))
    world.settle()
    assert list(world.far.made.values()) == ["open"]


def test_the_token_is_a_secret_and_goes_with_the_tracker(world: TicketWorld) -> None:
    tracker = world.add()
    world.change(finding())
    world.settle()
    assert world.opened == [(GITHUB, "ghp_12345678")]
    kept = world.do(lambda tickets: tickets.trackers.require(tracker))
    assert "ghp_" not in kept.model_dump_json()
    world.do(lambda tickets: tickets.remove(tracker))
    world.change(finding("resolved"))
    world.settle()
    assert world.far.moves == []


@pytest.mark.parametrize(
    ("route", "taken"),
    [
        ({"least": "critical"}, False),
        ({"least": "low"}, True),
        ({"rules": ["other"]}, False),
        ({"rules": ["other", "open-bucket"]}, True),
        ({"accounts": ["9"]}, False),
        ({"rules": ["open-bucket"], "accounts": ["111122223333"]}, True),
    ],
)
def test_a_finding_gets_a_ticket_where_a_route_takes_it(
    world: TicketWorld,
    route: dict[str, Any],
    taken: bool,  # noqa: FBT001  # a parameter of the table above
) -> None:
    world.add(**route)
    world.change(finding())
    world.settle()
    assert bool(world.far.made) is taken
    assert TicketRoute.model_validate(route).takes(finding().view) is taken


def test_what_is_settled_already_gets_no_ticket(world: TicketWorld) -> None:
    world.add()
    world.change(finding("resolved"))
    world.settle()
    assert world.far.made == {}


def test_a_failure_after_the_ticket_was_made_makes_no_second(world: TicketWorld) -> None:
    world.add()
    world.far.after = [Transient("the answer was lost")]
    world.change(finding())
    world.settle()
    assert len(world.far.made) == 1
    assert (world.ticket().stands, world.ticket().error) == ("open", None)


def test_a_tracker_out_of_reach_is_given_up_and_begun_anew_at_the_next_change(
    world: TicketWorld,
) -> None:
    world.add()
    world.far.before = [Transient("no answer")] * (len(PATIENCE) + 1)
    world.change(finding())
    world.settle()
    assert (world.far.made, world.ticket().error) == ({}, "no answer")
    world.change(finding())
    world.settle()
    assert len(world.far.made) == 1


def test_a_refusal_is_shown_and_not_repeated(world: TicketWorld) -> None:
    world.add()
    world.far.before = [Denied("renew the token")]
    world.change(finding())
    world.settle()
    assert (world.timers, world.ticket().error) == ({}, "renew the token")
    world.do(lambda tickets: tickets.file(TicketDue(ticket_id=world.ticket().id)))
    assert world.far.made == {}


@dataclass
class Site:
    """Enough of Jira Cloud and of GitHub Issues, over HTTP."""

    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    refuse: tuple[int, dict[str, str]] | None = None

    def answer(self, method: str, path: str, body: Any) -> Any:
        place = path.partition("?")[0]
        if place.endswith("/search/jql"):
            label = re.search(r'labels = "(.*)"', body["jql"])
            assert label is not None
            return {
                "issues": [i for i in self.issues.values() if label[1] in i["fields"]["labels"]]
            }
        if place == "/rest/api/3/issue":
            key = f"SEC-{len(self.issues) + 1}"
            self.issues[key] = {"key": key, "fields": {**body["fields"], **_status("new")}}
            return {"key": key}
        if place.endswith("/transitions"):
            return self.step(place.split("/")[-2], body)
        if place.startswith("/rest/api/3/issue/"):
            return self.issues[place.rpartition("/")[2]]
        return self.github(method, place, body)

    def step(self, key: str, body: Any) -> Any:
        goals = {"11": "new", "21": "indeterminate", "31": "done"}
        if body is None:
            return {
                "transitions": [{"id": i, "to": _status(g)["status"]} for i, g in goals.items()]
            }
        self.issues[key]["fields"] |= _status(goals[body["transition"]["id"]])
        return None

    def github(self, method: str, place: str, body: Any) -> Any:
        if method == "PATCH":
            self.issues[place.rpartition("/")[2]] |= body
            return {}
        if method == "GET":
            return list(self.issues.values())
        number = len(self.issues) + 1
        page = f"https://github.com/acme/web/issues/{number}"
        self.issues[str(number)] = {**body, "number": number, "state": "open", "html_url": page}
        return self.issues[str(number)]


def _status(category: str) -> dict[str, Any]:
    return {"status": {"statusCategory": {"key": category}}}


@pytest.fixture
def site() -> Iterator[tuple[Site, str]]:
    held = Site()

    class Door(BaseHTTPRequestHandler):
        def answer(self) -> None:
            text = self.rfile.read(int(self.headers.get("content-length") or 0))
            held.seen.append((self.command, self.path, self.headers["authorization"] or ""))
            body = json.loads(text) if text else None
            status, headers = held.refuse or (200, {})
            said = {} if held.refuse else held.answer(self.command, self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if said is None else json.dumps(said).encode())

        do_GET = do_POST = do_PATCH = answer  # noqa: N815  # the names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield held, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def wire(base: str) -> Wire:
    port = int(base.rpartition(":")[2])
    return Wire(Outbound(allow=frozenset({("127.0.0.1", port)})), base, {"Authorization": "x"})


def test_jira_makes_finds_and_moves_an_issue(site: tuple[Site, str]) -> None:
    held, base = site
    far = JiraCloud(wire(base), JIRA)
    mark = ticket_id("f1", "t1")
    assert far.find(mark) is None
    made = far.make(mark, finding().view)
    assert (made.key, made.url) == ("SEC-1", "https://acme.atlassian.net/browse/SEC-1")
    assert far.find(mark) == made
    fields = held.issues["SEC-1"]["fields"]
    assert (fields["project"], fields["description"]["type"]) == ({"key": "SEC"}, "doc")
    steps: tuple[tuple[Standing, str], ...]
    steps = (("doing", "indeterminate"), ("done", "done"), ("open", "new"))
    for to, category in steps:
        far.move("SEC-1", to)
        assert fields["status"]["statusCategory"]["key"] == category
    asked = len(held.seen)
    far.move("SEC-1", "open")
    assert len(held.seen) == asked + 1


def test_a_workflow_without_the_step_is_said_so(site: tuple[Site, str]) -> None:
    held, base = site
    far = JiraCloud(wire(base), JIRA)
    far.make("m", finding().view)
    held.step = lambda *_: {"transitions": []}  # type: ignore[method-assign]
    with pytest.raises(Permanent, match="no step to a state of category 'done'"):
        far.move("SEC-1", "done")


def test_github_makes_finds_closes_and_opens_an_issue(site: tuple[Site, str]) -> None:
    held, base = site
    far = GitHubIssues(wire(base), GITHUB)
    assert far.find("m1") is None
    made = far.make("m1", finding().view)
    assert far.find("m1") == made
    assert far.find("m2") is None
    assert held.issues["1"]["labels"] == ["steward", "severity: high"]
    far.move("1", "dropped")
    assert (held.issues["1"]["state"], held.issues["1"]["state_reason"]) == (
        "closed",
        "not_planned",
    )
    assert far.find("m1") == made._replace(stands="dropped")
    far.move("1", "done")
    assert held.issues["1"]["state_reason"] == "completed"
    far.move("1", "open")
    assert held.issues["1"]["state"] == "open"


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (429, {}, Throttled),
        (403, {"x-ratelimit-remaining": "0"}, Throttled),
        (403, {}, Denied),
        (401, {}, Denied),
        (503, {}, Transient),
        (404, {}, Permanent),
    ],
)
def test_refusals_of_a_tracker_are_told_apart(
    site: tuple[Site, str], status: int, headers: dict[str, str], kind: type[Exception]
) -> None:
    held, base = site
    held.refuse = (status, headers)
    with pytest.raises(kind, match=str(status)):
        GitHubIssues(wire(base), GITHUB).find("m1")


def test_a_token_goes_as_its_tracker_wants_it_and_is_never_shown() -> None:
    for place, kind in ((JIRA, "Basic "), (GITHUB, "Bearer ")):
        made = desk(place, "secret-token", over=Outbound())
        assert isinstance(made, JiraCloud | GitHubIssues)
        assert made.wire.headers["Authorization"].startswith(kind)
        assert "Authorization" not in repr(made)


def test_trackers_and_hubs_are_managed_over_http_by_those_who_may(tmp_path: Path) -> None:
    estate = Estate(tmp_path)
    # Of a rule that there is none of, so that nobody is called.
    route = {"rules": ["none"]}
    ask = {"name": "web", "place": GITHUB.model_dump(), "route": route, "token": "ghp_12345678"}
    assert estate.http("POST", "/trackers", key=estate.viewer, body=ask)[0] == 403
    status, made = estate.http("POST", "/trackers", key=estate.admin, body=ask)
    assert (status, "token" in made, "ghp_" in json.dumps(made)) == (200, False, False)
    assert [each["id"] for each in estate.items("/trackers")] == [made["id"]]
    assert estate.http("GET", "/trackers", key=estate.stranger)[1]["items"] == []
    bad = {**ask, "place": {"kind": "jira", "site": "http://localhost"}}
    assert estate.http("POST", "/trackers", key=estate.admin, body=bad)[0] == 422
    assert estate.http("DELETE", f"/trackers/{made['id']}", key=estate.viewer)[0] == 403
    role = "arn:aws:iam::111122223333:role/StewardHub"
    hub = {"account": "111122223333", "role": role}
    assert estate.http("POST", "/hubs", key=estate.viewer, body=hub)[0] == 403
    assert estate.http("POST", "/hubs", key=estate.admin, body=hub)[0] == 200
    assert [each["account"] for each in estate.items("/hubs")] == ["111122223333"]
    assert estate.items("/hubs/111122223333/refused") == []
    estate.send(estate.capture(1, OPEN))
    (found,) = estate.items(rule=RULE)
    assert estate.items("/tickets", finding=found["id"]) == []
    assert estate.http("GET", "/tickets", key=estate.stranger, finding=found["id"])[0] == 404
    estate.pump.close()
