"""A real server sweeps a cloud in another process: everything found, whatever fails or is killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cloud.makers import MAKERS
from benchmarks.cloud.process import Cloud, cloud
from benchmarks.cloud.seed import Size, bare
from benchmarks.cloud.steward import Steward

pytestmark = pytest.mark.xdist_group("cloud-process")

SOME = ("AWS::SQS::Queue", "AWS::EC2::Volume", "AWS::DynamoDB::Table", "AWS::SNS::Topic")
SMALL = Size(accounts=1, regions=2, resources=240)
LARGE = Size(accounts=3, regions=4, resources=20_000)
SHARE = 0.2
PATIENCE = 3000.0


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


def test_a_sweep_whose_server_is_killed_goes_on_and_finds_everything(tmp_path: Path) -> None:
    with cloud(tmp_path, SMALL, only=SOME) as there, entered(tmp_path / "data", there) as steward:
        id_ = steward.begin(list(SOME))
        killed_at(steward, id_, 0.3)
        assert_all_found(steward, there, steward.swept(id_), list(SOME))


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
