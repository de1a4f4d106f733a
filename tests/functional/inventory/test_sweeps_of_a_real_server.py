"""A real server sweeps a cloud in another process: everything found, whatever fails or is killed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cloud.makers import MAKERS
from benchmarks.cloud.process import Cloud, cloud
from benchmarks.cloud.seed import ACCOUNTS, Size, bare
from benchmarks.cloud.steward import Steward
from steward.cli import exits

pytestmark = pytest.mark.xdist_group("cloud-process")

SOME = ("AWS::SQS::Queue", "AWS::EC2::Volume", "AWS::DynamoDB::Table", "AWS::SNS::Topic")
SMALL = Size(accounts=1, regions=2, resources=240)
LARGE = Size(accounts=3, regions=4, resources=20_000)
SHARE = 0.2
PATIENCE = 7_200.0


@contextmanager
def entered(data: Path, there: Cloud) -> Iterator[Steward]:
    steward = Steward(data, there)
    steward.start()
    try:
        steward.enter()
        yield steward
    finally:
        steward.stop()


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def killed_at(steward: Steward, id_: str, share: float) -> None:
    """Killed as soon as that share of the parts is finished, and started again."""

    def far() -> bool:
        now = steward.sweep(id_)
        return bool(now["parts"]) and now["finished"] >= now["parts"] * share

    until(far)
    assert steward.sweep(id_)["state"] == "running"
    steward.kill()
    steward.start()


def assert_all_found(
    steward: Steward, there: Cloud, done: dict[str, Any], types: list[str]
) -> None:
    assert (done["state"], done["reasons"]) == ("done", [])
    known, real = steward.entries(types), bare(there.entries, types)
    assert (sorted(real - known), sorted(known - real)) == ([], [])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("cloud"), SMALL, only=SOME) as there:
        yield there


def test_a_sweep_whose_server_is_killed_goes_on_and_finds_everything(
    small: Cloud, tmp_path: Path
) -> None:
    with entered(tmp_path / "data", small) as steward:
        id_ = steward.begin(list(SOME))
        killed_at(steward, id_, 0.3)
        assert_all_found(steward, small, steward.swept(id_), list(SOME))


def test_the_command_line_waits_for_a_sweep_and_tells_what_it_could_not_see(
    small: Cloud, tmp_path: Path
) -> None:
    with entered(tmp_path / "data", small) as steward:
        types = [word for name in SOME for word in ("--type", name)]
        whole = steward.command("inventory", "sync", *types, "--wait", "-o", "json")
        assert (whole.returncode, json.loads(whole.stdout)["state"]) == (0, "done")
        small.control(denied="sqs")
        partial = steward.command("inventory", "sync", *types, "--wait")
        shown = steward.command("accounts", "show", ACCOUNTS[0], "-o", "json")
        small.control(denied="")
    assert partial.returncode == exits.PARTIAL
    assert "AccessDenied" in partial.stderr
    stale = {one["service"]: one["reason"] for one in json.loads(shown.stdout)["parts"]}
    assert {name for name, reason in stale.items() if "AccessDenied" in reason} == {"sqs"}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("cloud"), LARGE) as there:
        yield there


@pytest.fixture
def steward(large: Cloud, tmp_path: Path) -> Iterator[Steward]:
    with entered(tmp_path / "data", large) as steward:
        yield steward


@pytest.mark.nightly
@pytest.mark.parametrize("share", [0.0, SHARE])
def test_twenty_thousand_resources_are_found_though_calls_fail(
    large: Cloud, steward: Steward, share: float
) -> None:
    large.control(share=share, reset=1)
    done = steward.swept(steward.begin(sorted(MAKERS)), patience=PATIENCE)
    told = large.control(share=0)
    assert len(bare(large.entries, MAKERS)) >= LARGE.resources
    assert told["faults"] >= told["calls"] * share * 0.9
    assert_all_found(steward, large, done, sorted(MAKERS))


@pytest.mark.nightly
def test_twenty_thousand_resources_are_found_though_the_server_is_killed(
    large: Cloud, steward: Steward
) -> None:
    id_ = steward.begin(sorted(MAKERS))
    for share in (0.1, 0.4, 0.7):
        killed_at(steward, id_, share)
    done = steward.swept(id_, patience=PATIENCE)
    assert_all_found(steward, large, done, sorted(MAKERS))
