"""A page of resources that each take calls of their own is given in pieces, and taken up in between."""

from __future__ import annotations

from typing import Any

import pytest

from functions.inventory.adapters.discovery.catalogue import service
from functions.inventory.adapters.discovery.listing import ASKED, AT_ONCE
from functions.inventory.model.discovery import Found, Interrupted, Kind
from functions.inventory.model.pace import SLOWEST
from steward.manifest import load_function
from tests.unit.inventory.discovery.scripted import ScriptedCloud, discovery, fault, found, part

QUEUE, TAGS = "AWS::SQS::Queue", "ListQueueTags"
URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/q{:03}"
PIECE = ASKED // 2


def queues(count: int, **more: Any) -> ScriptedCloud:
    listed = {"QueueUrls": [URL.format(number) for number in range(count)]}
    answers = {"ListQueues": listed, "GetQueueAttributes": {"Attributes": {}}, TAGS: {"Tags": {}}}
    return ScriptedCloud(**{**answers, **more})


def ids(pages: list[Found]) -> list[str]:
    return [one.subject.native_id for page in pages for one in page.resources]


@pytest.mark.parametrize("count", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
def test_all_of_a_page_is_given_once_in_pieces(count: int) -> None:
    cloud = queues(count)
    pages = found(cloud, "sqs", QUEUE)
    assert ids(pages) == [f"q{number:03}" for number in range(count)]
    assert all(len(page.resources) <= PIECE for page in pages)
    assert [page.ended for page in pages] == [*[False] * (len(pages) - 1), True]
    assert len(cloud.asked("ListQueues")) == 1


def test_a_page_taken_up_after_any_piece_gives_the_rest() -> None:
    pages = found(queues(3 * PIECE), "sqs", QUEUE)
    for done, page in enumerate(pages[:-1], 1):
        cloud = queues(3 * PIECE)
        rest = list(discovery(cloud).pages(part("sqs"), page.cursor))
        assert ids([one for one in rest if one.type == QUEUE]) == ids(pages[done:])
        assert len(cloud.asked(TAGS)) == (len(pages) - done) * PIECE


def test_a_page_of_which_the_last_one_seen_is_gone_is_given_anew() -> None:
    cursor = found(queues(2 * PIECE), "sqs", QUEUE)[0].cursor
    listed = [URL.format(number) for number in range(2 * PIECE) if number != PIECE - 1]
    cloud = queues(0, ListQueues={"QueueUrls": listed})
    pages = list(discovery(cloud).pages(part("sqs"), cursor))
    assert ids(pages) == [one.rpartition("/")[2] for one in listed]


def test_an_interruption_in_a_page_loses_no_piece_before_it() -> None:
    tags: list[Any] = [*[{"Tags": {}}] * (PIECE + 3), fault(Kind.THROTTLED, operation=TAGS)]
    pages = discovery(queues(2 * PIECE, ListQueueTags=tags)).pages(part("sqs"))
    first = next(pages)
    with pytest.raises(Interrupted) as raised:
        next(pages)
    assert raised.value.cursor == first.cursor


def test_what_is_one_after_another_is_given_in_one_piece_where_ids_do_not_tell_them_apart() -> None:
    twice = {"QueueUrls": [URL.format(number % PIECE) for number in range(2 * PIECE)]}
    pages = found(queues(0, ListQueues=twice), "sqs", QUEUE)
    assert len(pages) == 1


def test_the_calls_of_a_piece_are_made_in_time_at_the_slowest_pace() -> None:
    buckets = service("s3").row("AWS::S3::Bucket").single
    most = max(ASKED, AT_ONCE * buckets)
    assert most / SLOWEST < load_function("inventory.sweep-part").timeout
