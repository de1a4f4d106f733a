"""Sweeps of a cloud that fails, lies and changes meanwhile: nothing is lost, and what was odd is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.inventory.model.discovery import Kind
from functions.inventory.model.parts import PartState
from functions.inventory.model.resource import Effect, Source
from functions.inventory.model.sweeps import SweepState
from steward.contracts.inventory import PartAsked, PartSwept
from tests.unit.inventory.discovery.scripted import REGION, ScriptedCloud, fault
from tests.unit.inventory.sweeps.surveys import (
    VOLUME,
    Survey,
    page,
    survey_in,
    told_of,
    volume,
)

OTHER = "us-east-1"
Surveyed = Callable[..., Survey]


@pytest.fixture
def surveyed(tmp_path: Path) -> Surveyed:
    def make(*answers: Any, regions: tuple[str, ...] = (REGION,)) -> Survey:
        return survey_in(tmp_path, ScriptedCloud(DescribeVolumes=[*answers]), *regions)

    return make


def answer(survey: Survey, *answers: Any) -> None:
    """What the cloud says from now on."""
    survey.cloud.answers["DescribeVolumes"] = [*answers]


def test_a_token_that_ends_in_the_middle_of_a_page_loses_nothing(surveyed: Surveyed) -> None:
    expired = fault(Kind.EXPIRED, "ExpiredToken")
    survey = surveyed(page(volume("vol-1"), token="t"), expired, page(volume("vol-2")))
    done = survey.swept()
    assert (done.state, done.seen, done.changed) == (SweepState.DONE, 2, 2)
    assert set(survey.resources()) == {"vol-1", "vol-2"}
    assert survey.renewals == 1
    assert survey.cloud.asked("DescribeVolumes")[1]["NextToken"] == "t"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.DENIED, "UnauthorizedOperation"),
        (Kind.NOT_ENABLED, "OptInRequired"),
        (Kind.THROTTLED, "RequestLimitExceeded"),
        (Kind.UNREACHABLE, "ConnectTimeoutError"),
        (Kind.BROKEN, "InternalFailure"),
        (Kind.EXPIRED, "ExpiredToken"),
        (Kind.REFUSED, "InvalidParameterValue"),
    ],
)
def test_what_cannot_be_listed_is_stale_with_the_reason_and_stays_as_it_was(
    surveyed: Surveyed, kind: Kind, code: str
) -> None:
    survey = surveyed(page(volume("vol-1"), volume("vol-2")))
    survey.swept()
    before = survey.resources()
    answer(survey, page(volume("vol-1"), token="t"), fault(kind, code))
    done = survey.swept()
    assert (done.state, done.stale, done.gone) == (SweepState.PARTIAL, 1, 0)
    shown = survey.part()
    assert shown.state is PartState.STALE
    for said in (shown.reason, *done.reasons):
        assert kind.value in said
        assert code in said
    assert survey.resources() == before
    answer(survey, page(volume("vol-1")))
    assert survey.swept().gone == 1
    assert set(survey.resources()) == {"vol-1"}


def test_a_region_that_is_shut_keeps_none_of_the_others_from_being_seen(
    surveyed: Surveyed,
) -> None:
    survey = surveyed(regions=(REGION, OTHER))
    shut = fault(Kind.NOT_ENABLED, "OptInRequired")
    survey.cloud.answers["DescribeVolumes"] = [shut, page(volume("vol-2"))]
    done = survey.swept()
    assert (done.state, done.parts, done.stale) == (SweepState.PARTIAL, 2, 1)
    assert survey.part(REGION).problems[0].kind is Kind.NOT_ENABLED
    assert set(survey.resources()) == {"vol-2"}


def test_what_is_odd_about_a_resource_costs_no_other_one(surveyed: Surveyed) -> None:
    odd = "tab\t nul\x00 \u202e Ωμέγα 🜁 \ud800"
    tags = [{"Key": f"key-{n}", "Value": odd} for n in range(200)]
    survey = surveyed(
        page(
            volume("vol-1", CreateTime="the day before yesterday"),
            volume("vol-2", Tags=[{"Key": "Name", "Value": odd}]),
            volume("vol-3", Tags=tags),
            volume("vol-4", Notes="x" * 5_000_000),
            {"State": "available"},
            volume("vol-5"),
        )
    )
    done = survey.swept()
    known = survey.resources()
    assert (done.state, done.seen, len(known)) == (SweepState.DONE, 6, 6)
    assert known["vol-1"].facts.created_at is None
    assert known["vol-1"].facts.configuration["createTime"] == "the day before yesterday"
    assert "Ωμέγα 🜁" in str(known["vol-2"].facts.name)
    assert len(known["vol-3"].facts.tags) == 200
    assert "left out: notes" in str(known["vol-4"].facts.partial)
    assert [one.kind for one in survey.part().problems] == [Kind.NO_ID]
    again = survey.swept()
    assert (again.changed, again.gone) == (0, 0)


def test_two_that_share_an_id_are_both_kept_and_take_no_turns(surveyed: Surveyed) -> None:
    survey = surveyed(page(volume("vol-1"), volume("vol-1", Size=9), volume("vol-2")))
    done = survey.swept()
    assert (done.state, len(survey.resources())) == (SweepState.DONE, 3)
    assert [one.kind for one in survey.part().problems] == [Kind.DUPLICATE]
    again = survey.swept()
    assert (again.changed, again.gone, len(survey.resources())) == (0, 0, 3)


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(minutes=30)])
def test_an_event_newer_than_the_listing_wins_whichever_clock_is_slow(
    surveyed: Surveyed, behind: timedelta
) -> None:
    survey = surveyed(page(volume("vol-1")))
    survey.swept()
    survey.behind = behind
    created = told_of("vol-2", survey.now + timedelta(minutes=1) - behind)
    survey.report(created)
    # Dated by the cloud's clock, the listing is from a moment before.
    survey.now -= timedelta(seconds=1)
    survey.swept()
    assert set(survey.resources()) == {"vol-1", "vol-2"}
    survey.now += timedelta(hours=1)
    survey.swept()
    assert set(survey.resources()) == {"vol-1"}


def test_a_sweep_that_is_called_off_begins_no_further_part_and_loses_nothing(
    surveyed: Surveyed,
) -> None:
    survey = surveyed(page(volume("vol-1")), regions=(REGION, OTHER))
    survey.swept()
    before = survey.resources()
    asked = len(survey.cloud.calls)
    id_ = survey.order()
    while not isinstance(survey.queue[0], PartAsked):
        survey.step()
    survey.step()
    assert survey.cancel(id_).state is SweepState.CANCELLED
    survey.drain()
    assert survey.sweep(id_).state is SweepState.CANCELLED
    assert len(survey.cloud.calls) == asked + 1
    assert survey.resources() == before
    assert survey.swept().state is SweepState.DONE


def test_a_part_called_off_in_the_middle_is_swept_whole_by_the_next_sweep(
    surveyed: Surveyed,
) -> None:
    survey = surveyed(page(volume("vol-1"), volume("vol-2")))
    survey.swept()
    busy = fault(Kind.THROTTLED, "RequestLimitExceeded")
    answer(survey, page(volume("vol-1"), token="t"), busy)
    id_ = survey.order()
    while not survey.timers:
        survey.step()
    survey.cancel(id_)
    survey.drain()
    shown = survey.part()
    assert (shown.state, shown.reason) == (PartState.STALE, "called off before its end")
    answer(survey, page(volume("vol-2")))
    done = survey.swept()
    assert (done.state, done.gone, set(survey.resources())) == (SweepState.DONE, 1, {"vol-2"})
    assert survey.part().reason == "only some of its types were looked at so far"


def test_a_part_that_got_stuck_is_taken_over_and_its_late_message_changes_nothing(
    surveyed: Surveyed,
) -> None:
    survey = surveyed(page(volume("vol-1"), volume("vol-2")))
    survey.swept()
    busy = fault(Kind.UNREACHABLE, "ConnectTimeoutError")
    answer(survey, page(volume("vol-1"), token="t"), busy)
    survey.order()
    while not survey.timers:
        survey.step()
    [(_, late)] = survey.timers
    survey.timers.clear()
    answer(survey, page(volume("vol-2"), volume("vol-3")))
    done = survey.swept()
    after = survey.resources(), survey.part()
    assert (done.state, set(after[0])) == (SweepState.DONE, {"vol-2", "vol-3"})
    answer(survey, page(volume("vol-1")))
    survey.queue.append(late)
    survey.step()
    assert [one.outcome for one in survey.queue if isinstance(one, PartSwept)] == ["superseded"]
    survey.drain()
    assert (survey.resources(), survey.part()) == after


# What only events told of.


def test_what_only_an_event_told_of_is_gone_when_a_whole_listing_lacks_it(
    surveyed: Surveyed,
) -> None:
    survey = surveyed(page(volume("vol-1")))
    survey.report(told_of("vol-2", survey.now))
    ghost = survey.resources()["vol-2"]
    done = survey.swept()
    assert (done.gone, set(survey.resources())) == (1, {"vol-1"})
    newest = survey.history(ghost.id)[0]
    assert (newest.source, newest.effect) == (Source.SWEEP, Effect.DELETED)
    assert survey.unlisted() == 0
    assert survey.swept().gone == 0


def test_what_only_an_event_told_of_is_known_like_any_other_once_it_is_listed(
    surveyed: Surveyed,
) -> None:
    survey = surveyed(page(volume("vol-1"), volume("vol-2")))
    survey.report(told_of("vol-2", survey.now))
    assert survey.unlisted() == 1
    assert survey.swept().gone == 0
    assert (set(survey.resources()), survey.unlisted()) == ({"vol-1", "vol-2"}, 0)


def test_what_came_back_unchanged_between_two_sweeps_needs_no_note(surveyed: Surveyed) -> None:
    survey = surveyed(page(volume("vol-1")))
    survey.swept()
    gone = told_of("vol-1", survey.now + timedelta(seconds=1), effect=Effect.DELETED)
    survey.report(gone, told_of("vol-1", survey.now + timedelta(seconds=2)))
    assert survey.unlisted() == 1
    assert (survey.swept().gone, survey.unlisted(), len(survey.resources())) == (0, 0, 1)


@pytest.mark.parametrize("kind", [Kind.DENIED, Kind.THROTTLED, Kind.CUT])
def test_what_only_an_event_told_of_stays_while_the_listing_fails(
    surveyed: Surveyed, kind: Kind
) -> None:
    survey = surveyed(page(volume("vol-1"), token="t"), fault(kind))
    survey.report(told_of("vol-2", survey.now))
    assert survey.swept().gone == 0
    assert set(survey.resources()) == {"vol-1", "vol-2"}


def test_a_listing_says_nothing_of_other_regions_types_and_accounts(surveyed: Surveyed) -> None:
    survey = surveyed(page(), regions=(REGION, OTHER))
    survey.report(
        told_of("vol-2", survey.now, region=OTHER),
        told_of("snap-1", survey.now, type="AWS::EC2::Snapshot"),
        told_of("vol-2", survey.now, account="999999999999"),
    )
    survey.swept(VOLUME, regions=[REGION])
    assert (len(survey.resources()), survey.unlisted()) == (2, 3)
    assert survey.swept(VOLUME, regions=[OTHER]).gone == 1
    assert survey.unlisted() == 2


def test_a_resource_whose_event_comes_after_the_listing_is_not_gone(surveyed: Surveyed) -> None:
    survey = surveyed(page(volume("vol-1")))
    survey.report(told_of("vol-2", survey.now + timedelta(minutes=5)))
    survey.swept()
    assert set(survey.resources()) == {"vol-1", "vol-2"}
