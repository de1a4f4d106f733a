"""Sweeps of one AWS account, from the order to the history, between a scripted cloud and a real store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from functions.inventory.adapters.discovery.aws import AwsDiscovery
from functions.inventory.adapters.paces import Name, Paces
from functions.inventory.adapters.patient import PatientCloud
from functions.inventory.manifest import FUNCTIONS
from functions.inventory.model.claims import AccountState, CloudAccount
from functions.inventory.model.collections import CLAIMS, PARTS, RESOURCES, SWEEPS
from functions.inventory.model.parts import PartView
from functions.inventory.model.resource import Capture, Change, Effect, Facts, Resource, Source
from functions.inventory.model.sweeps import NewSweep, SweepView
from functions.inventory.model.unlisted import UNLISTED
from functions.inventory.ports import Look, Provider
from functions.inventory.service import sweeps
from functions.inventory.service.absences import record_absences
from functions.inventory.service.record import record_captures
from functions.inventory.service.sweeping import Surveyor, sweep_part
from functions.inventory.service.sweeps import Planner
from functions.inventory.wiring import ledger_of
from steward.contracts.event import Event
from steward.contracts.inventory import (
    CaptureContinued,
    PartAsked,
    PartShrunk,
    PartSwept,
    SweepBegun,
    SweepPlanned,
    SweepReached,
)
from steward.manifest import Function, Queue, Table
from steward.store.migrate import migrate
from steward.store.sql import SqliteDatabase, SqlStore
from steward.store.work import MemoryClaims, Scope, Work
from tests.unit.inventory.discovery.scripted import ACCOUNT, REGION, ScriptedCloud
from tests.unit.inventory.ledgers import NOW

T = TypeVar("T")
VOLUME = "AWS::EC2::Volume"
EVERYTHING = Function(
    name="everything",
    handler="functions.test.handlers.everything.handler",
    trigger=Queue(events=("inventory.part.asked.v1",)),
    uses=(Table("inventory"),),
    publishes=tuple({event for one in FUNCTIONS for event in one.publishes}),
)


class Bodies:
    """What sweeps saw, in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def read(self, name: str) -> bytes:
        return self._kept[name]

    def keep(self, part: str, body: bytes) -> str:
        name = f"{part}|{len(self._kept)}"
        self._kept[name] = body
        return name

    def tidy(self, part: str, *, keep: frozenset[str]) -> int:
        gone = {one for one in self._kept if one.startswith(f"{part}|")} - keep
        self._kept = {name: body for name, body in self._kept.items() if name not in gone}
        return len(gone)


@dataclass
class Survey:
    """One account in some regions, its cloud, and what is on the way from one message to the next."""

    store: SqlStore
    cloud: ScriptedCloud
    regions: tuple[str, ...] = (REGION,)
    now: datetime = NOW
    behind: timedelta = timedelta(0)
    """How far the cloud's clock is behind ours."""
    renewals: int = 0
    queue: deque[Event] = field(default_factory=deque)
    timers: list[tuple[datetime, Event]] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    _bodies: Bodies = field(default_factory=Bodies)
    _commits: int = 0

    # What people and clouds do.

    def order(self, *types: str, regions: Sequence[str] = ()) -> str:
        """The id of a sweep that has been ordered and not begun yet."""
        self.now += timedelta(minutes=1)
        wanted = NewSweep(types=types or (VOLUME,), regions=tuple(regions))
        return self._do(lambda work: sweeps.begin(wanted, by=self._planner(work))).id

    def cancel(self, id_: str) -> SweepView:
        """The sweep, called off."""
        return self._do(lambda work: sweeps.cancel(id_, by=self._planner(work)))

    def report(self, *captures: Capture) -> None:
        """Events of the cloud arrive."""
        for one in captures:
            self._do(partial(_record, [one]))

    # How messages get on.

    def step(self) -> Event:
        """The next message, handled."""
        event = self.queue.popleft()
        self._do(lambda work: self._handle(event, work))
        return event

    def drain(self) -> None:
        """Handle messages until there is none, and none to come."""
        while self.queue or self.timers:
            while self.queue:
                self.step()
            if self.timers:
                self.timers.sort(key=lambda one: one[0])
                self.now, event = self.timers.pop(0)
                self.queue.append(event)

    def swept(self, *types: str, regions: Sequence[str] = ()) -> SweepView:
        """A sweep from its order to its end."""
        id_ = self.order(*types, regions=regions)
        self.drain()
        return self.sweep(id_)

    # What is known afterwards.

    def sweep(self, id_: str) -> SweepView:
        return sweeps.progress(id_, by=self._planner(self._work()))

    def part(self, region: str = REGION) -> PartView:
        """The one part of a region, as ``steward accounts show`` has it."""
        page = sweeps.parts_of(
            "aws", ACCOUNT, state=None, by=self._planner(self._work()), cursor=None, limit=100
        )
        return next(one for one in page.items if one.region == region)

    def resources(self) -> dict[str, Resource]:
        """Every resource that is not gone, by native id."""
        page = self._work().table("inventory").of(RESOURCES).list(limit=200)
        alive = (one for one in page.items if not one.facts.deleted)
        return {one.subject.native_id: one for one in alive}

    def unlisted(self) -> int:
        return len(self._work().table("inventory").of(UNLISTED).list(limit=200).items)

    def history(self, id_: str) -> list[Change]:
        """The entries of a resource's history, newest first."""
        ledger = ledger_of(self._work())
        return list(ledger.back_from(ledger.resources.require(id_)))

    def _handle(self, event: Event, work: Work) -> None:
        planner = self._planner(work)
        match event:
            case SweepBegun():
                sweeps.reach_accounts(event, by=planner)
            case SweepReached():
                sweeps.plan_account(event, by=planner)
            case PartAsked():
                sweep_part(event, by=self._surveyor(work))
            case PartSwept() | SweepPlanned():
                sweeps.count(event, by=planner)
            case PartShrunk():
                record_absences(event, ledger=ledger_of(work))
            case CaptureContinued():
                _record([Capture.model_validate(one) for one in event.captures], work)
            case _:
                self.told.append(event)

    def _do(self, use: Callable[[Work], T]) -> T:
        work = self._work()
        staged: list[Event] = []
        self._published = staged
        done = use(work)
        work.commit()
        self.queue.extend(staged)
        return done

    def _work(self) -> Work:
        self._commits += 1
        work = Work(
            Scope(
                store=self.store,
                claims=MemoryClaims(),
                function=EVERYTHING,
                tenant="acme",
                now=self.now,
                commit_id=f"{self._commits:032x}",
                actor="test",
                correlation_id="test",
            )
        )
        keep = work.publish

        def publish(event: Event, **more: Any) -> None:
            keep(event, **more)
            self._published.append(event)

        work.publish = publish  # type: ignore[method-assign] # what is published is handled here
        return work

    def _planner(self, work: Work) -> Planner:
        table = work.table("inventory")
        return Planner(
            sweeps=table.of(SWEEPS),
            claims=table.of(CLAIMS),
            parts=table.of(PARTS),
            providers=lambda _: cast("Provider", self),
            publish=work.publish,
            new_id=work.new_id,
            actor="test",
            now=self.now,
        )

    def _surveyor(self, work: Work) -> Surveyor:
        table = work.table("inventory")
        return Surveyor(
            parts=table.of(PARTS),
            sweeps=table.of(SWEEPS),
            claims=table.of(CLAIMS),
            censuses=self._bodies,
            unlisted=table.of(UNLISTED),
            providers=lambda _: cast("Provider", self),
            publish=work.publish,
            later=lambda when, event, **_: self.timers.append((when, event)),
            clock=lambda: self.now,
        )

    # The provider, as far as sweeps ask it.

    def groups(self, types: Sequence[str]) -> frozenset[str]:
        return frozenset({"ec2"} if types else ())

    def look(self, account: CloudAccount, types: frozenset[str] = frozenset()) -> Look:
        paces = Paces(self.store, clock=self._seconds, pause=self._wait)
        patient = PatientCloud(
            lambda: self.cloud,
            paces=paces,
            name=lambda service: Name("acme", account.id, service),
            renew=self._renew,
            pause=self._wait,
        )
        found = AwsDiscovery(
            patient, account=ACCOUNT, regions=self.regions, services=["ec2"], types=types
        )
        return Look(found, lambda: self.now - self.behind, lambda: patient.calls)

    def _renew(self) -> None:
        self.renewals += 1

    def _seconds(self) -> float:
        return self.now.timestamp()

    def _wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def _record(captures: Sequence[Capture], work: Work) -> None:
    record_captures(captures, ledger=ledger_of(work))


def survey_in(folder: Path, cloud: ScriptedCloud, *regions: str) -> Survey:
    """An account that is proven, and of which nothing is known yet."""
    migrate(f"sqlite:///{folder}/survey.db")
    made = Survey(SqlStore(SqliteDatabase(folder / "survey.db")), cloud, regions or (REGION,))
    claim = CloudAccount(
        provider="aws",
        account=ACCOUNT,
        state=AccountState.VERIFIED,
        reader=f"arn:aws:iam::{ACCOUNT}:role/StewardReader",
        external_id="a",
        actor_external_id="b",
        added_at=NOW,
        added_by="test",
    )
    made._do(lambda work: work.table("inventory").of(CLAIMS).add(claim))  # its own maker
    return made


def volume(id_: str, **more: Any) -> dict[str, Any]:
    """A disk as EC2 lists it."""
    return {"VolumeId": id_, "State": "available", "Size": 8, **more}


def page(*volumes: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    """One answer of EC2's."""
    return {"Volumes": list(volumes), **({"NextToken": token} if token else {})}


def told_of(id_: str, at: datetime, *, effect: Effect = Effect.CAPTURED, **more: Any) -> Capture:
    """What AWS Config reports of a disk."""
    there = effect is not Effect.DELETED
    facts = Facts(configuration={"volumeId": id_, "state": "available"}) if there else None
    subject = {"account": ACCOUNT, "region": REGION, "type": VOLUME, "native_id": id_, **more}
    return Capture.model_validate(
        {
            "subject": subject,
            "at": at,
            "source": Source.CONFIG,
            "effect": effect,
            "key": f"{at.isoformat()}|{effect}",
            "facts": facts,
        }
    )
