"""Without any traffic, the DynamoDB flavour costs at most 38 US dollars a month.

Prices the synthesised templates of both flavours at AWS's list prices in us-east-1 and no free tier. What
AWS itself does unasked is counted: Lambda's polling of queues, schedules with their invocations, logs,
traces and metrics, the key's rotations, and the hours that schedules keep Aurora awake.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from benchmarks import prices
from benchmarks.prices import FREE_WHEN_IDLE, HOURS, MINUTES, Price
from steward.local.cron import parse

CEILING = 38.0

# Lambda keeps five long polls of twenty seconds open on every queue that it reads.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
POLLS_A_MINUTE = 5 * 3
TICK_SECONDS = 0.2
"""An invocation that finds nothing to do, billed."""
TICK_LOG_BYTES = 2_000
"""Start, report and one line of our own."""
EMPTY_DATABASE_GIGABYTES = 1
SMALLEST_AWAKE = 0.5
"""The capacity, in ACUs, at which an awake and idle Serverless v2 instance settles."""
PROXY_MINIMUM_ACUS = 8


class Unpriced(Exception):
    """A kind of resource whose price this file does not know; the message says where to add it."""


class Resource(NamedTuple):
    """One resource of one stack."""

    id: str
    kind: str
    body: Mapping[str, Any]


class Line(NamedTuple):
    """One position of the bill."""

    what: str
    units: float
    price: Price

    @property
    def dollars(self) -> float:
        return self.units * self.price.dollars


Templates: TypeAlias = Mapping[str, Mapping[str, Any]]
Pricing: TypeAlias = Callable[[Mapping[str, Any]], Iterable[Line]]


def bill(templates: Templates) -> list[Line]:
    """What the templates' resources cost in a month in which nothing happens.

    Raises:
        Unpriced: a resource of a kind that is neither priced nor known to be free.
    """
    resources = [
        Resource(f"{stack}/{name}", raw["Type"], raw.get("Properties", {}))
        for stack, template in templates.items()
        for name, raw in template["Resources"].items()
    ]
    lines = [line for resource in resources for line in _priced(resource)]
    return _summed([*lines, *_ticks(resources), *_awake(resources)])


def _priced(resource: Resource) -> Iterable[Line]:
    if resource.kind in _PRICED:
        return _PRICED[resource.kind](resource.body)
    if resource.kind in FREE_WHEN_IDLE:
        return ()
    raise Unpriced(
        f"{resource.id}: {resource.kind} has no price; add it to benchmarks/prices.py, "
        "with the page that says so"
    )


def _summed(lines: Iterable[Line]) -> list[Line]:
    units: dict[tuple[str, Price], float] = defaultdict(float)
    for line in lines:
        units[line.what, line.price] += line.units
    summed = [Line(what, count, price) for (what, price), count in units.items()]
    return sorted(summed, key=lambda line: -line.dollars)


def _alarm(body: Mapping[str, Any]) -> Iterator[Line]:
    metrics = [metric for metric in body.get("Metrics", ()) if "MetricStat" in metric]
    yield Line("alarms", len(metrics) or 1, prices.ALARM)


def _key(body: Mapping[str, Any]) -> Iterator[Line]:
    yield Line("keys", 1, prices.KEY)
    if body.get("EnableKeyRotation"):
        yield Line("keys' rotations, from the third year on", 2, prices.ROTATION)


def _source(body: Mapping[str, Any]) -> Iterator[Line]:
    # A stream is read without charge; what is read without a filter is a queue.
    if "FilterCriteria" not in body:
        yield Line("polls of empty queues", POLLS_A_MINUTE * MINUTES, prices.QUEUE_REQUEST)


def _endpoint(body: Mapping[str, Any]) -> Iterator[Line]:
    if body.get("VpcEndpointType", "Gateway") == "Interface":
        zones = len(body.get("SubnetIds", ()))
        yield Line("interface endpoints", zones * HOURS, prices.ENDPOINT_HOUR)


def _nat(body: Mapping[str, Any]) -> Iterator[Line]:
    del body
    yield Line("NAT gateways", HOURS, prices.NAT_HOUR)
    yield Line("NAT gateways' addresses", HOURS, prices.ADDRESS_HOUR)


def _cluster(body: Mapping[str, Any]) -> Iterator[Line]:
    yield Line("database storage", EMPTY_DATABASE_GIGABYTES, prices.AURORA_GIGABYTE)
    least = float(body["ServerlessV2ScalingConfiguration"]["MinCapacity"])
    yield Line("database capacity, never less", least * HOURS, prices.ACU_HOUR)
    if body.get("ManageMasterUserPassword"):
        yield Line("secrets", 1, prices.SECRET)


def _one(what: str, price: Price, units: float = 1) -> Pricing:
    return lambda _: (Line(what, units, price),)


_PRICED: dict[str, Pricing] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::Dashboard": _one("dashboards", prices.DASHBOARD),
    "AWS::EC2::NatGateway": _nat,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::KMS::Key": _key,
    "AWS::Lambda::EventSourceMapping": _source,
    "AWS::RDS::DBCluster": _cluster,
    "AWS::RDS::DBProxy": _one("proxies", prices.PROXY_HOUR, PROXY_MINIMUM_ACUS * HOURS),
    "AWS::Scheduler::Schedule": lambda _: (),  # priced by its ticks
    "AWS::SecretsManager::Secret": _one("secrets", prices.SECRET),
}


def _ticks(resources: list[Resource]) -> Iterator[Line]:
    """What the schedules cost: they run however little there is to do."""
    memory = {
        resource.id: resource.body["MemorySize"]
        for resource in resources
        if resource.kind == "AWS::Lambda::Function"
    }
    for schedule in _schedules(resources):
        count = len(_month(schedule))
        stack = schedule.id.partition("/")[0]
        logical_id = schedule.body["Target"]["Arn"]["Fn::GetAtt"][0]
        gigabytes = memory[f"{stack}/{logical_id}"] / 1024
        yield Line("schedules' calls", count, prices.SCHEDULER_CALL)
        yield Line("schedules' invocations", count, prices.LAMBDA_REQUEST)
        yield Line("schedules' compute", count * gigabytes * TICK_SECONDS, prices.LAMBDA_SECOND)
        yield Line("schedules' traces", count, prices.TRACE)
        yield Line("schedules' logs", count * TICK_LOG_BYTES / 1e9, prices.LOG_GIGABYTE)
        yield Line("schedules' metrics", 1, prices.CUSTOM_METRIC)


def _awake(resources: list[Resource]) -> Iterator[Line]:
    """What it costs that schedules wake the database, which sleeps again only after its pause."""
    for cluster in resources:
        if cluster.kind != "AWS::RDS::DBCluster":
            continue
        scaling = cluster.body["ServerlessV2ScalingConfiguration"]
        if float(scaling["MinCapacity"]) > 0:
            continue
        pause = timedelta(seconds=scaling["SecondsUntilAutoPause"])
        hours = _covered(resources, pause) / timedelta(hours=1)
        yield Line("database woken by schedules", SMALLEST_AWAKE * hours, prices.ACU_HOUR)


def _covered(resources: list[Resource], pause: timedelta) -> timedelta:
    """How much of a month lies within the pause after some tick."""
    moments = sorted(moment for schedule in _schedules(resources) for moment in _month(schedule))
    covered = timedelta()
    until = _START
    for moment in moments:
        covered += max(timedelta(), min(moment + pause, _END) - max(moment, until))
        until = max(until, moment + pause)
    return covered


_START = datetime(2026, 1, 1, tzinfo=UTC)
_END = _START + timedelta(hours=HOURS)


def _month(schedule: Resource) -> list[datetime]:
    """The schedule's ticks in one month."""
    body = schedule.body
    zone = body.get("ScheduleExpressionTimezone", "UTC")
    expression = parse(body["ScheduleExpression"], timezone=zone, since=_START)
    ticks = []
    moment = expression.after(_START)
    while moment is not None and moment <= _END:
        ticks.append(moment)
        moment = expression.after(moment)
    return ticks


def _schedules(resources: list[Resource]) -> Iterator[Resource]:
    return (each for each in resources if each.kind == "AWS::Scheduler::Schedule")


def total(lines: Iterable[Line]) -> float:
    """The bill's sum, in dollars."""
    return round(sum(line.dollars for line in lines), 2)


def run() -> dict[str, Any]:
    """The bill of both flavours; the ratio is the ceiling to the DynamoDB flavour's bill."""
    bills = {store: bill(templates) for store, templates in _synthesised().items()}
    ours = total(bills["dynamodb"])
    return {
        "name": "idle-cost",
        "unit": "USD a month",
        "ours": ours,
        "peer": CEILING,
        "ratio": round(CEILING / ours, 2),
        "runs": {"ours": [ours], "peer": [CEILING]},
        "versions": {name: version(name) for name in ("aws-cdk-lib", "cdk-nag")},
        "detail": {
            "peer": "the ceiling set for this flavour",
            "aurora": total(bills["aurora"]),
            "bills": {store: _printed(lines) for store, lines in bills.items()},
        },
    }


def _synthesised() -> dict[str, Templates]:
    from cdk.synth import synthesise
    from steward.manifest import STORES, load_functions

    functions = load_functions()
    with tempfile.TemporaryDirectory() as folder:
        return {
            store: synthesise(
                store=store, env="dev", folder=Path(folder) / store, functions=functions
            ).templates
            for store in STORES
        }


def _printed(lines: Iterable[Line]) -> list[dict[str, Any]]:
    return [
        {
            "what": line.what,
            "dollars": round(line.dollars, 2),
            "units": round(line.units, 2),
            "unit": line.price.unit,
            "page": line.price.page,
        }
        for line in lines
        if line.units
    ]


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
