"""A sweep of accounts and regions beside Cloud Custodian listing the same types: wall time and calls."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmarks.cloud.makers import HOME, MAKERS
from benchmarks.cloud.process import Cloud, cloud
from benchmarks.cloud.seed import ACCOUNTS, READER, REGIONS, Entry, Size, bare
from benchmarks.cloud.steward import Steward
from benchmarks.harness import (
    PEERS,
    BenchmarkError,
    environment,
    folder,
    rounded,
    surroundings,
    versions_of,
)

CUSTODIAN, CUSTODIAN_ORG = "0.9.53", "0.6.52"
OTHERWISE = {"AWS::EC2::KeyPair": "key-pair"}
"""What Cloud Custodian lists without saying which type of CloudFormation's it is."""
NOT_THE_SAME = {"AWS::EC2::LaunchTemplate"}
"""It lists the versions of templates, which are something else."""
PEER = "custodian run, one account after another"
"""As the command itself goes over regions and policies; it knows of one account."""
EXTERNAL_ID = "made-up-for-the-benchmark"


class Taken(NamedTuple):
    """What one way of listing everything took, and how much it found."""

    seconds: float
    processor: float
    """Seconds of processors, apart from the cloud's own."""
    calls: int
    found: int
    followed: float | None = None
    """Seconds until rules, costs, tickets and the audit chain had followed too."""
    followed_processor: float | None = None


def run(
    *, resources: int = 20_000, accounts: int = 3, regions: int = 4, latency: int = 0
) -> dict[str, Any]:
    """Wall time until a first sweep is in the inventory, beside Cloud Custodian's ways to list the same.

    ``latency`` are milliseconds that each call takes besides what the simulated cloud takes to answer it.
    """
    size = Size(accounts=accounts, regions=regions, resources=resources)
    peer = environment("custodian-org", [f"c7n=={CUSTODIAN}", f"c7n-org=={CUSTODIAN_ORG}"])
    kinds = _kinds(peer)
    with folder("inventory-sweep") as here, cloud(here, size) as there:
        there.control(latency=latency / 1000)
        ours = _ours(here, there, sorted(kinds))
        policies = here / "policies.yml"
        policies.write_text(yaml.safe_dump({"policies": _policies(kinds)}))
        ways = {
            PEER: (_runs, 1),
            "custodian run, all accounts at once": (_runs, accounts),
            "c7n-org run": (_organisation, 1),
        }
        for account in ACCOUNTS[:accounts]:
            there.admit(account, EXTERNAL_ID)
        theirs = {
            name: _theirs(way, peer.parent, here, there, kinds, at_once=at_once)
            for name, (way, at_once) in ways.items()
        }
        expected = len(bare(there.entries, kinds))
    detail = {
        **size._asdict(),
        "latency of a call, ms": latency,
        "types": len(kinds),
        "resources of these types": expected,
    }
    return _told(ours, theirs, detail)


def _told(
    ours: dict[str, Taken], theirs: dict[str, Taken], detail: dict[str, Any]
) -> dict[str, Any]:
    expected = detail["resources of these types"]
    first, peer = ours["first sweep"], theirs[PEER]
    for name, taken in ours.items():
        if taken.found != expected:
            raise BenchmarkError(f"{name}: found {taken.found} of {expected} resources")
    return {
        "name": "inventory-sweep",
        "unit": "s of wall time to list everything",
        "ours": rounded(first.seconds),
        "peer": rounded(peer.seconds),
        "ratio": rounded(peer.seconds / first.seconds),
        "versions": {"c7n": CUSTODIAN, "c7n-org": CUSTODIAN_ORG, **versions_of("boto3", "moto")},
        "detail": {
            **detail,
            "peer": f"{PEER}; all without cache, one policy a type, no filters",
            "of the time of": {
                name: rounded(first.seconds / taken.seconds) for name, taken in theirs.items()
            },
            "of the calls of": {
                name: rounded(first.calls / taken.calls) for name, taken in theirs.items()
            },
            **{name: _shown(taken) for name, taken in (ours | theirs).items()},
        },
    }


def _shown(taken: Taken) -> dict[str, float]:
    told = {
        "seconds": rounded(taken.seconds),
        "processor": rounded(taken.processor),
        "calls": taken.calls,
        "found": taken.found,
    }
    if taken.followed is not None and taken.followed_processor is not None:
        told["seconds until followed"] = rounded(taken.followed)
        told["processor until followed"] = rounded(taken.followed_processor)
    return told


# Ours: a server as it is installed, from the order to sweep until everything is in its store.


def _ours(here: Path, there: Cloud, types: list[str]) -> dict[str, Taken]:
    steward = Steward(here / "data", there)
    steward.start()
    try:
        steward.enter()
        return {
            name: _swept(steward, there, types) for name in ("first sweep", "sweep without change")
        }
    finally:
        steward.stop()


def _swept(steward: Steward, there: Cloud, types: list[str]) -> Taken:
    there.control(reset=1)
    started, before = time.perf_counter(), steward.processor()
    done = steward.listed(steward.begin(types))
    seconds, processor = time.perf_counter() - started, steward.processor() - before
    if done["state"] != "done":
        raise BenchmarkError(f"the sweep is {done['state']}: {done['reasons']}")
    steward.await_quiet()
    followed, all_of_it = time.perf_counter() - started, steward.processor() - before
    calls = there.control()["calls"]
    found = len(steward.entries(types) & bare(there.entries, types))
    return Taken(seconds, processor, calls, found, followed, all_of_it)


# Theirs: the policies have no filters, so that a policy lists its type and writes what it found.


def _kinds(peer: Path) -> dict[str, str]:
    """Cloud Custodian's name of each type that both list."""
    told = subprocess.run(
        [str(peer), str(PEERS / "custodian_types.py")], check=True, capture_output=True, text=True
    )
    known = {**json.loads(told.stdout), **OTHERWISE}
    return {one: known[one] for one in MAKERS if one in known and one not in NOT_THE_SAME}


def _policies(kinds: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "resource": f"aws.{name}"} for name in sorted(kinds.values())]


Way = Callable[[Path, Path, Cloud], Iterator[list[str]]]


def _theirs(
    way: Way, tools: Path, here: Path, there: Cloud, kinds: dict[str, str], *, at_once: int
) -> Taken:
    shutil.rmtree(here / "out", ignore_errors=True)
    commands = list(way(tools, here, there))
    there.control(reset=1)
    started, before = time.perf_counter(), _waited_for()
    with (here / "peer.log").open("wb") as log, ThreadPoolExecutor(at_once) as pool:
        run = partial(
            subprocess.run,
            check=False,
            stdout=log,
            stderr=log,
            cwd=here,
            env={**surroundings(), **there.environ},
        )
        list(pool.map(run, commands))
    seconds, processor = time.perf_counter() - started, _waited_for() - before
    found = len(set(_found(here / "out", kinds)))
    return Taken(seconds, processor, there.control()["calls"], found)


def _waited_for() -> float:
    """Seconds of processors that processes took which have ended by now."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _runs(tools: Path, here: Path, there: Cloud) -> Iterator[list[str]]:
    """One process an account, each for all regions, so that global services are listed once."""
    regions = [word for one in REGIONS[: there.size.regions] for word in ("--region", one)]
    for account in ACCOUNTS[: there.size.accounts]:
        yield [
            *(str(tools / "custodian"), "run", *regions, "--cache-period", "0"),
            *("--assume", _role(account), "--external-id", EXTERNAL_ID),
            *("-s", str(here / "out" / account), str(here / "policies.yml")),
        ]


def _organisation(tools: Path, here: Path, there: Cloud) -> Iterator[list[str]]:
    """One process that spreads accounts and regions over four more for each processor."""
    regions = list(REGIONS[: there.size.regions])
    accounts = [
        {
            "account_id": one,
            "name": one,
            "regions": regions,
            "role": _role(one),
            "external_id": EXTERNAL_ID,
        }
        for one in ACCOUNTS[: there.size.accounts]
    ]
    config = here / "accounts.yml"
    config.write_text(yaml.safe_dump({"accounts": accounts}))
    yield [
        *(str(tools / "c7n-org"), "run", "-c", str(config), "--cache-period", "0"),
        *("-s", str(here / "out"), "-u", str(here / "policies.yml")),
    ]


def _role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/{READER}"


def _found(out: Path, kinds: dict[str, str]) -> Iterator[Entry]:
    """What it wrote down, each resource once: global ones are listed in each region by ``c7n-org``."""
    types = {name: type_name for type_name, name in kinds.items()}
    for file in out.rglob("resources.json"):
        type_name = types[file.parent.name]
        place = "/".join(file.relative_to(out).parts[:-2])
        for found in json.loads(file.read_text("utf-8")):
            text = json.dumps(found, sort_keys=True, default=str)
            where = place.partition("/")[0] if type_name in HOME else place
            yield Entry(where, type_name, text)
