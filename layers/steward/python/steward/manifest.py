"""What a function is triggered by, may touch and may publish: pure data, standard library only.

Read by the CDK app, the local runtime, the tests and the documentation: a name is typed once.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal, TypeAlias

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_EVENT = re.compile(r"[a-z]+\.[a-z-]+\.[a-z-]+\.v[1-9][0-9]*")
_RATE = re.compile(r"rate\([1-9][0-9]* (second|minute|hour|day)s?\)")
_CRON = re.compile(r"cron\(\S+( \S+){5}\)")

StoreKind: TypeAlias = Literal["dynamodb", "aurora"]
STORES: tuple[StoreKind, ...] = ("dynamodb", "aurora")


class ManifestError(Exception):
    """A manifest that breaks a rule: says which function, which field and what is allowed."""


class Access(StrEnum):
    """How much of a resource a function may use."""

    READ = "read"
    READ_WRITE = "read_write"


@dataclass(frozen=True, slots=True)
class Table:
    """State of one concern."""

    name: str
    access: Access = Access.READ_WRITE

    @property
    def env(self) -> str:
        """The environment key under which a function finds the physical name."""
        return _env(self.name, "TABLE")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Objects of one concern; in a ``locked`` one nobody can change or remove an object before its time."""

    name: str
    access: Access = Access.READ_WRITE
    locked: bool = False

    @property
    def env(self) -> str:
        """The environment key under which a function finds the physical name."""
        return _env(self.name, "BUCKET")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A lake dataset: Parquet under one prefix of the lake bucket."""

    name: str
    access: Access = Access.READ_WRITE

    @property
    def env(self) -> str:
        """The environment key under which a function finds the location."""
        return _env(self.name, "DATASET")


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret value, read at run time by its name.

    A ``family`` is all secrets below the name: a concern makes them at run time, one per credential.
    A ``generated`` one is random and nobody's to know: it is there before it is first read.
    """

    name: str
    access: Access = Access.READ
    family: bool = False
    generated: bool = False

    @property
    def env(self) -> str:
        """The environment key under which a function finds the secret's identifier."""
        return _env(self.name, "SECRET")


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that signs and never shows itself; reading it gives the public key."""

    name: str
    access: Access = Access.READ_WRITE
    rsa: bool = False
    """Whether it is RSA, for those who verify nothing else; all functions have to say the same."""

    @property
    def env(self) -> str:
        """The environment key under which a function finds the key's identifier."""
        return _env(self.name, "SIGNER")


@dataclass(frozen=True, slots=True)
class Outboxes:
    """What every table's commits left in its outbox, of all tenants, for reading."""

    name: str = "outboxes"
    access: Access = Access.READ

    @property
    def env(self) -> str:
        """The environment key under which a function finds the tables and their physical names."""
        return "OUTBOX_TABLES"


Resource: TypeAlias = Table | Bucket | Dataset | Secret | Signer | Outboxes
RESOURCES = (Table, Bucket, Dataset, Secret, Signer, Outboxes)


@dataclass(frozen=True, slots=True)
class Queue:
    """Messages from the bus by way of a rule and a queue with a dead-letter queue.

    Either ``events`` (types of Steward's own bus) or ``pattern`` (any EventBridge pattern, such as
    for raw events with ``bus="default"``). One that ``follows`` looks at what others have done, and
    lets them finish first where all share a few workers; on AWS each queue has its own.
    """

    events: tuple[str, ...] = ()
    pattern: Mapping[str, Any] | None = None
    bus: Literal["steward", "default"] = "steward"
    batch_size: int = 10
    max_receives: int = 5
    max_concurrency: int = 10
    follows: bool = False

    def event_pattern(self) -> dict[str, Any]:
        """The EventBridge pattern that selects this queue's messages."""
        if self.pattern is not None:
            return dict(self.pattern)
        return {"source": [{"prefix": "steward."}], "detail-type": list(self.events)}


@dataclass(frozen=True, slots=True)
class Schedule:
    """Ticks of EventBridge Scheduler: ``rate(..)``, ``cron(..)`` or ``at(..)``, in a time zone."""

    expression: str
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects created in a bucket, by way of EventBridge and a queue."""

    bucket: str
    prefix: str = ""
    suffix: str = ""
    batch_size: int = 10
    max_receives: int = 5
    max_concurrency: int = 10

    def event_pattern(self) -> dict[str, Any]:
        """The EventBridge pattern; AWS puts the bucket's physical name in place of the logical."""
        key: list[Any] = []
        if self.prefix and self.suffix:
            key = [{"wildcard": f"{self.prefix}*{self.suffix}"}]
        elif self.prefix:
            key = [{"prefix": self.prefix}]
        elif self.suffix:
            key = [{"suffix": self.suffix}]
        detail: dict[str, Any] = {"bucket": {"name": [self.bucket]}}
        if key:
            detail["object"] = {"key": key}
        return {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}


@dataclass(frozen=True, slots=True, init=False)
class Routes:
    """HTTP paths; each also covers what lies below it.

    ``public`` ones ask nobody who they are; ``because`` says what makes that right.
    """

    paths: tuple[str, ...]
    api: Literal["http", "rest"]
    public: bool
    because: str

    def __init__(
        self,
        *paths: str,
        api: Literal["http", "rest"] = "http",
        public: bool = False,
        because: str = "",
    ) -> None:
        object.__setattr__(self, "paths", paths)
        object.__setattr__(self, "api", api)
        object.__setattr__(self, "public", public)
        object.__setattr__(self, "because", because)


@dataclass(frozen=True, slots=True)
class Stream:
    """New outbox items in the tables' streams (DynamoDB flavour only); ``"*"`` is every table."""

    tables: tuple[str, ...] = ("*",)
    batch_size: int = 100


@dataclass(frozen=True, slots=True)
class Poke:
    """Messages sent straight to the function's own queue after a commit (Aurora flavour only)."""

    batch_size: int = 10
    max_receives: int = 5
    max_concurrency: int = 10


@dataclass(frozen=True, slots=True)
class Trail:
    """The audit part of every commit, from a FIFO queue that the relay fills: one tenant, one line."""

    batch_size: int = 10
    max_receives: int = 10
    max_concurrency: int = 10


Trigger: TypeAlias = Queue | Schedule | Objects | Routes | Stream | Poke | Trail
TRIGGERS = (Queue, Schedule, Objects, Routes, Stream, Poke, Trail)
Queued: TypeAlias = Queue | Objects | Poke | Trail
QUEUED = (Queue, Objects, Poke, Trail)

DIRECTORY = Table("directory", Access.READ)
EXPORTS = Bucket("exports")
ERRANDS = (
    "identity.person.erased.v1",
    "identity.person.export-requested.v1",
    "identity.retention.due.v1",
    "identity.tenant.erasure-requested.v1",
    "identity.tenant.export-requested.v1",
)
"""What asks every concern to go over all it keeps; see steward.edge.walk."""
WALKS = ("identity.walk.continued.v1", "identity.walk.finished.v1")
"""What such a walk publishes."""
LIMITS = Table("limits")
ARMOUR = (
    "STEWARD_HOSTS",
    "STEWARD_ISSUER_ALLOW",
    "STEWARD_LIMITS",
    "STEWARD_ORIGINS",
    "STEWARD_PROXIES",
)
"""What a function with routes is told of who may call it and how often; see steward.edge.armour."""

ALIKE = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}
"""What every function is started with: no plugin ships, and looking for one reads all metadata."""


def errands(concern: str) -> Queue:
    """The errands that all concerns get, and the continuations of this concern's own walk."""
    own = {
        "detail-type": ["identity.walk.continued.v1"],
        "detail": {"subject": [{"prefix": f"{concern}/"}]},
    }
    asked = {"detail-type": list(ERRANDS)}
    return Queue(pattern={"source": ["steward.identity"], "$or": [asked, own]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One deployed function.

    Raises:
        ManifestError: a field breaks its rule.
    """

    name: str
    handler: str
    trigger: Trigger
    uses: tuple[Resource, ...] = ()
    publishes: tuple[str, ...] = ()
    memory: int = 512
    timeout: int = 30
    storage: int = 512
    """Megabytes of temporary files that it may have at once."""
    layers: tuple[str, ...] = ("base",)
    stores: tuple[StoreKind, ...] = STORES
    settings: Mapping[str, str] = field(default_factory=dict)
    mail: bool = False
    """Whether it may send e-mail through SES."""
    enters: bool = False
    """Whether it may assume the roles by which accounts let Steward in."""
    system: bool = False
    """Whether it opens Works of the system tenant, where its trigger does not imply that."""

    def __post_init__(self) -> None:
        _check(self)

    @property
    def concern(self) -> str:
        """The folder under ``functions`` that the handler lives in."""
        return self.handler.split(".")[1]

    @property
    def id(self) -> str:
        """``<concern>.<name>``, unique over all manifests."""
        return f"{self.concern}.{self.name}"

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What is declared, the directory that every function reads, and the limits of one with routes."""
        implied = (DIRECTORY, LIMITS) if isinstance(self.trigger, Routes) else (DIRECTORY,)
        declared = {resource.name for resource in self.uses if isinstance(resource, Table)}
        return (*self.uses, *(table for table in implied if table.name not in declared))

    @property
    def home(self) -> Table | None:
        """The table that holds this function's inbox and outbox: its first writable one."""
        for resource in self.uses:
            if isinstance(resource, Table) and resource.access is Access.READ_WRITE:
                return resource
        return None

    @property
    def works_for_system(self) -> bool:
        """Whether it may open Works of the system tenant.

        Ticks are the system's, an event of a cloud account that nobody claimed is parked there, and a
        relay carries whatever was committed.
        """
        trigger = self.trigger
        raw = isinstance(trigger, Queue) and trigger.bus == "default"
        return self.system or raw or isinstance(trigger, Schedule | Stream | Poke)

    def keeps_tenants_apart(self, store: StoreKind) -> bool:
        """Whether it reaches tenants' items or objects by a role of its own, tagged with the tenant."""
        objects = any(isinstance(resource, Bucket | Dataset) for resource in self.uses)
        waits = isinstance(self.trigger, Objects)
        return store == "dynamodb" or self.home is not None or objects or waits

    @property
    def visibility_timeout(self) -> timedelta:
        """How long a received message stays hidden: six times the timeout, as AWS advises.

        Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS".
        """
        return timedelta(seconds=6 * self.timeout)

    def environment(self, store: StoreKind) -> tuple[str, ...]:
        """The environment keys the function is started with, sorted."""
        keys = {"STEWARD_FUNCTION", "STEWARD_STORE", "STEWARD_ENV", "STEWARD_BUS"}
        keys |= set(ALIKE)
        keys |= {resource.env for resource in self.resources}
        keys |= set(self.settings)
        if self.keeps_tenants_apart(store):
            keys.add("DATA_ROLE")
        if self.home is not None:
            keys.add("CLAIMS_BUCKET")
            if store == "aurora":
                keys.add("RELAY_QUEUE")
        if isinstance(self.trigger, QUEUED):
            keys.add("DEAD_LETTER_QUEUE")
        if isinstance(self.trigger, Routes):
            keys |= set(ARMOUR)
        if isinstance(self.trigger, Stream | Poke):
            keys.add("TRAIL_QUEUE")
        return tuple(sorted(keys))


def concerns() -> tuple[str, ...]:
    """The names of the concerns: the folders under ``functions`` that have a manifest."""
    functions = importlib.import_module("functions")
    return tuple(
        sorted(
            module.name
            for module in pkgutil.iter_modules(functions.__path__)
            if module.ispkg and importlib.util.find_spec(f"functions.{module.name}.manifest")
        )
    )


def load_functions(names: Iterable[str] | None = None) -> tuple[Function, ...]:
    """Every function of every manifest, in the order of concern and declaration.

    Raises:
        ManifestError: a manifest breaks a rule, or two functions share an id.
    """
    functions: list[Function] = []
    for concern in concerns() if names is None else names:
        module = importlib.import_module(f"functions.{concern}.manifest")
        for function in module.FUNCTIONS:
            _check_home(function, concern)
            functions.append(function)
    _check_unique(functions)
    return tuple(functions)


def load_function(function_id: str) -> Function:
    """The one function with that id, reading only its own concern's manifest.

    Raises:
        ManifestError: there is none.
    """
    concern = function_id.partition(".")[0]
    functions = load_functions([concern])
    for function in functions:
        if function.id == function_id:
            return function
    raise ManifestError(
        f"function {function_id!r}: not in functions/{concern}/manifest.py; "
        f"it has {', '.join(f.id for f in functions)}"
    )


def _env(name: str, kind: str) -> str:
    return f"{name.replace('-', '_').upper()}_{kind}"


def _refuse(function: Function, field_name: str, value: object, rule: str) -> None:
    raise ManifestError(f"function {function.name!r}: {field_name} is {value!r}; {rule}")


def _check(function: Function) -> None:
    if not _NAME.fullmatch(function.name):
        _refuse(function, "name", function.name, "use lower-case words joined by '-'")
    if not re.fullmatch(r"functions(\.[a-z][a-z0-9_]*){2,}", function.handler):
        _refuse(
            function,
            "handler",
            function.handler,
            "use functions.<concern>.handlers.<module>.handler",
        )
    if not isinstance(function.trigger, TRIGGERS):
        allowed = ", ".join(trigger.__name__ for trigger in TRIGGERS)
        _refuse(function, "trigger", function.trigger, f"use one of {allowed}")
    for event in function.publishes:
        _check_event(function, "publishes", event)
    for resource in function.uses:
        if not isinstance(resource, RESOURCES):
            allowed = ", ".join(kind.__name__ for kind in RESOURCES)
            _refuse(function, "uses", resource, f"use one of {allowed}")
        if not _NAME.fullmatch(resource.name):
            _refuse(function, "uses", resource.name, "name it in lower-case words joined by '-'")
    _check_range(function, "memory", function.memory, 128, 10_240)
    _check_range(function, "timeout", function.timeout, 1, 900)
    _check_range(function, "storage", function.storage, 512, 10_240)
    for store in function.stores:
        if store not in STORES:
            _refuse(function, "stores", store, f"use {' or '.join(STORES)}")
    _check_trigger(function)


def _check_event(function: Function, field_name: str, event: str) -> None:
    if not _EVENT.fullmatch(event):
        _refuse(function, field_name, event, "use <concern>.<noun>.<past-verb>.v<n>")


def _check_range(function: Function, field_name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        _refuse(function, field_name, value, f"use {low} to {high}")


def _check_trigger(function: Function) -> None:
    trigger = function.trigger
    if isinstance(trigger, Queue):
        if bool(trigger.events) == (trigger.pattern is not None):
            _refuse(function, "trigger", trigger, "a Queue takes either events or a pattern")
        for event in trigger.events:
            _check_event(function, "trigger.events", event)
    if isinstance(trigger, QUEUED):
        _check_range(function, "trigger.batch_size", trigger.batch_size, 1, 10)
        _check_range(function, "trigger.max_receives", trigger.max_receives, 1, 1000)
        # Lambda's MaximumConcurrency of an event source starts at 2.
        _check_range(function, "trigger.max_concurrency", trigger.max_concurrency, 2, 1000)
    if isinstance(trigger, Objects) and not f"{trigger.prefix}tenants/".startswith("tenants/"):
        _refuse(function, "trigger.prefix", trigger.prefix, "objects lie below tenants/<tenant>/")
    if isinstance(trigger, Schedule):
        _check_schedule(function, trigger)
    if isinstance(trigger, Routes):
        _check_routes(function, trigger)


def _check_schedule(function: Function, trigger: Schedule) -> None:
    expression = trigger.expression
    known = (
        _RATE.fullmatch(expression)
        or _CRON.fullmatch(expression)
        or re.fullmatch(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)", expression)
    )
    if not known:
        rule = (
            "use rate(5 minutes), cron(min hour day month weekday year) or at(2026-01-31T08:00:00)"
        )
        _refuse(function, "trigger.expression", expression, rule)


def _check_routes(function: Function, trigger: Routes) -> None:
    if not trigger.paths:
        _refuse(function, "trigger.paths", trigger.paths, "name at least one path")
    for path in trigger.paths:
        if not path.startswith("/") or path.endswith("/"):
            _refuse(function, "trigger.paths", path, "start with '/' and do not end with it")


def _check_home(function: Function, concern: str) -> None:
    if function.concern != concern:
        _refuse(function, "handler", function.handler, f"it must live in functions.{concern}")
    if function.publishes and function.home is None:
        _refuse(
            function, "uses", function.uses, "a publisher needs a writable Table to hold its outbox"
        )


def _check_unique(functions: list[Function]) -> None:
    seen: set[str] = set()
    trails = [function for function in functions if isinstance(function.trigger, Trail)]
    for function in functions:
        if function.id in seen:
            _refuse(function, "name", function.id, "two functions share it; rename one")
        seen.add(function.id)
    if len(trails) > 1:
        _refuse(trails[1], "trigger", trails[1].trigger, f"{trails[0].id} has the one trail")
