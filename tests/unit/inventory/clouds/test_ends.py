"""What a part that lists all types mixed says is gone: nothing but what its whole listing did not show."""

from __future__ import annotations

from functions.inventory.model import census
from functions.inventory.model.discovery import EVERY, Found, Kind, Listed, Part, Problem
from functions.inventory.model.resource import Facts, Subject
from functions.inventory.service.comparing import Pass
from tests.unit.inventory.ledgers import NOW

PART = Part(provider="gcp", account="p", region="global", group="assets")


def listed(type_: str, name: str) -> Listed:
    subject = Subject(provider="gcp", account="p", region="r", type=type_, native_id=name)
    return Listed(subject, Facts(name=name))


def swept(*before: Listed) -> Pass:
    first = Pass(PART, {}, {}, set(), set())
    for one in before:
        first.take(Found(one.subject.type, (one,)), at=NOW)
    return Pass(PART, first.seen, {}, set(), set())


OLD, LEFT, LONE = listed("A", "old"), listed("A", "left"), listed("B", "lone")
END = Found(EVERY, ended=True, whole=True)


def test_the_end_of_all_ends_types_of_which_nothing_was_seen_any_more() -> None:
    going = swept(OLD, LEFT, LONE)
    going.take(Found("A", (LEFT,)), at=NOW)
    assert going.gone == []
    going.take(END, at=NOW)
    assert sorted(going.gone) == sorted([OLD.subject.id, LONE.subject.id])


def test_nothing_is_gone_when_something_may_have_been_hidden() -> None:
    problem = Problem(kind=Kind.DENIED, service="x", region="global")
    for end in (
        Found(EVERY, ended=True),
        Found(EVERY, problems=(problem,), ended=True, whole=True),
    ):
        going = swept(OLD, LONE)
        going.take(end, at=NOW)
        assert going.gone == []


def test_a_census_and_the_inventory_call_a_resource_alike() -> None:
    subject = LONE.subject
    key = census.key_of("gcp", "p", "elsewhere", "Other", subject.native_id)
    assert census.id_of(key) == subject.id
