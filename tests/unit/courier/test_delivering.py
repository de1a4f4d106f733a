"""Nothing that a sender takes is lost, and nothing is told in another order, whatever the network does."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.courier.envelopes import size_of
from steward.courier.post import (
    MAX_BYTES,
    MAX_NOTICES,
    PART_BYTES,
    Courier,
    File,
    Undelivered,
    batches,
)
from steward.courier.spool import Spool, SpoolFull
from steward.courier.web import Answer, Unreachable, pauses
from tests.unit.courier.fakes import Numbered, Plane, courier, envelope, settings

BUSY = Answer(503, b'{"detail": "later"}')


def test_what_is_delivered_is_delivered_in_order(tmp_path: Path) -> None:
    plane = Plane()
    done = courier(tmp_path, plane).deliver(envelope(str(n)) for n in range(250))
    assert plane.taken == [str(n) for n in range(250)]
    assert (done.delivered, done.waiting) == (250, 0)
    assert [len(json.loads(one.body or b"")["notices"]) for one in plane.requests] == [100, 100, 50]


def test_each_try_has_a_token_of_its_own(tmp_path: Path) -> None:
    plane = Plane(answers=[BUSY, Unreachable("reset"), Answer(401, b"{}")])
    courier(tmp_path, plane).deliver([envelope("a")])
    assert plane.taken == ["a"]
    assert len(set(plane.tokens)) == len(plane.tokens) == 4


def test_what_cannot_go_waits_and_goes_first_when_it_can(tmp_path: Path) -> None:
    plane = Plane(away=True)
    first = courier(tmp_path, plane)
    for n in range(5):
        assert first.deliver([envelope(str(n))]).waiting == n + 1
    plane.away = False
    # Another process of the same folder: as after a restart.
    done = courier(tmp_path, plane).deliver([envelope("5")])
    assert plane.taken == [str(n) for n in range(6)]
    assert done.waiting == 0


def test_a_full_spool_refuses_so_that_the_platform_keeps_the_event(tmp_path: Path) -> None:
    plane = Plane(away=True)
    sender = courier(tmp_path, plane, spool_bytes=3000)
    kept = 0
    while sender.spool.bytes < 2400:
        kept = sender.deliver([envelope(str(kept), size=500)]).waiting
    with pytest.raises(SpoolFull, match="too small"):
        sender.deliver([envelope("more", size=500)])
    plane.away = False
    sender.drain()
    assert plane.taken == [str(n) for n in range(kept)]
    assert sender.spool.bytes == 0


def test_what_is_refused_for_good_is_set_aside_and_holds_up_nobody(tmp_path: Path) -> None:
    plane = Plane(outcome=lambda one: "refused" if one["id"] == "b" else "accepted")
    sender = courier(tmp_path, plane)
    done = sender.deliver(envelope(id_) for id_ in "abc")
    assert (done.delivered, done.refused) == (2, 1)
    assert [one["notice"]["id"] for one in sender.spool.refused()] == ["b"]
    assert len(sender.spool) == 0


def test_what_is_to_be_sent_again_is(tmp_path: Path) -> None:
    asked: list[str] = []

    def outcome(one: dict[str, str]) -> str:
        asked.append(one["id"])
        return "retry" if asked.count(one["id"]) == 1 else "accepted"

    plane = Plane(outcome=outcome)
    courier(tmp_path, plane).deliver([envelope("a"), envelope("b")])
    assert sorted(plane.taken) == ["a", "b"]


@pytest.mark.parametrize("answer", [Answer(403, b""), Answer(422, b"[]"), Answer(200, b"<html>")])
def test_an_answer_that_is_none_of_ours_loses_nothing(tmp_path: Path, answer: Answer) -> None:
    plane = Plane(answers=[answer])
    sender = courier(tmp_path, plane)
    assert sender.deliver([envelope("a")]).waiting == 1
    assert sender.drain().delivered == 1


def test_an_envelope_too_large_for_any_delivery_is_set_aside(tmp_path: Path) -> None:
    sender = courier(tmp_path, plane := Plane())
    sender.deliver([envelope("a"), envelope("huge", size=MAX_BYTES), envelope("b")])
    assert plane.taken == ["a", "b"]
    (kept,) = sender.spool.refused()
    assert kept["notice"]["id"] == "huge"
    assert "at most" in kept["reason"]


@given(st.lists(st.integers(0, MAX_BYTES + 10), max_size=30))
def test_every_batch_fits_and_none_of_what_fits_is_left_out(sizes: list[int]) -> None:
    wanted = [envelope(str(n), size=size) for n, size in enumerate(sizes)]
    given_back: list[str] = []
    made = list(batches(wanted, lambda one, _: given_back.append(one["id"])))
    assert all(len(one) <= MAX_NOTICES for one in made)
    assert all(sum(size_of(each) + 1 for each in one) <= MAX_BYTES for one in made)
    told = [each["id"] for one in made for each in one]
    assert sorted([*told, *given_back], key=int) == [one["id"] for one in wanted]
    assert told == sorted(told, key=int)


def test_half_a_file_on_disk_holds_up_nobody(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_bytes=10_000)
    spool.put([envelope("a")])
    spool.put([envelope("b")])
    (tmp_path / "waiting" / f"{1:016d}.json").write_bytes(b'[{"id": "a"')
    (tmp_path / "waiting" / f"{3:016d}.part").write_bytes(b"[")
    found = spool.first()
    assert found is not None
    assert found[1][0]["id"] == "b"
    assert len(spool) == 1


def test_several_processes_share_one_folder(tmp_path: Path) -> None:
    spools = [Spool(tmp_path, most_bytes=10_000_000) for _ in range(4)]

    def fill(number: int) -> None:
        for n in range(25):
            spools[number].put([envelope(f"{number}-{n}")])

    threads = [threading.Thread(target=fill, args=(n,)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(spools[0]) == 100


def test_pauses_double_up_to_a_cap_and_are_never_the_same_for_all() -> None:
    assert len(list(pauses(tries=5))) == 4
    assert all(0 <= one <= 8 for one in pauses(tries=50))
    assert list(pauses(tries=9)) != list(pauses(tries=9))


def test_a_file_goes_as_a_stream_with_its_checksum(tmp_path: Path) -> None:
    plane = Plane(answers=[BUSY])
    content = bytes(range(256)) * 8000
    whole = courier(tmp_path, plane).upload(
        File("gcp", "shop-prod", "gs://costs/a.parquet", "application/vnd.apache.parquet"),
        io.BytesIO(content),
    )
    parts = [one for one in plane.requests[1:] if "/parts/" in one.url]
    assert b"".join(one.body or b"" for one in parts) == content
    assert all(len(one.body or b"") <= PART_BYTES for one in parts)
    manifest = json.loads(plane.requests[-1].body or b"")
    assert (manifest["sha256"], manifest["size"], manifest["parts"]) == (whole, len(content), 3)
    assert len(set(plane.tokens)) == 1


def test_a_file_that_does_not_arrive_fails_so_that_the_platform_tries_again(tmp_path: Path) -> None:
    sender = courier(tmp_path, Plane(away=True))
    with pytest.raises(Undelivered, match="no route"):
        sender.upload(File("gcp", "p", "n", "text/csv"), io.BytesIO(b"x"))
    assert len(sender.spool) == 0


def test_without_a_durable_spool_the_platform_has_to_bring_it_again(tmp_path: Path) -> None:
    plane = Plane(away=True)
    fleeting = replace(settings(tmp_path), durable=False)
    sender = Courier(fleeting, Numbered(), send=plane.send, wait=lambda _: None)
    for _ in range(3):
        with pytest.raises(Undelivered, match="brings them again"):
            sender.deliver([envelope("a")])
    assert len(sender.spool) == 0
    plane.away = False
    assert sender.deliver([envelope("a")]).delivered == 1
    assert plane.taken == ["a"]
