"""No field of a stored entry can be changed, in whatever way, without being found at that entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.audit.model.chain import Entry
from tests.functional.audit.trails import TENANT, Trail

COUNT = 7
READ = "SELECT body FROM items WHERE tenant = ? AND collection = 'entries' AND s1 = ?"
WRITE = "UPDATE items SET body = ? WHERE tenant = ? AND collection = 'entries' AND s1 = ?"
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, COUNT + 3)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS, max_size=2)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    """Entries, of which heads cover all but the last."""
    path: Path = tmp_path_factory.mktemp("edits")
    trail = Trail(path)
    trail.fill(COUNT - 1)
    trail.sign()
    trail.fill(1, start=COUNT)
    assert trail.verdict().intact
    yield trail
    trail.close()


def found_in(trail: Trail, n: int, body: str) -> list[tuple[int, str]]:
    """What verification finds while this stands where the n-th entry stood."""
    place = (TENANT, f"{n:012d}")
    ((before,),) = trail.rows(READ, *place)
    trail.tamper(WRITE, body, *place)
    try:
        return [(finding.n, finding.fault) for finding in trail.verdict().findings]
    finally:
        trail.tamper(WRITE, before, *place)


def leaves(value: Any, *way: str | int) -> Iterator[tuple[str | int, ...]]:
    """The way to everything within a value."""
    steps: Any = value.items() if isinstance(value, dict) else ()
    for step, item in enumerate(value) if isinstance(value, list) else steps:
        yield (*way, step)
        yield from leaves(item, *way, step)


@given(st.data(), st.integers(1, COUNT), st.sampled_from(sorted(Entry.model_fields)))
@settings(max_examples=300, deadline=None)
def test_no_stored_field_can_be_changed(
    signed: Trail, data: st.DataObject, n: int, field: str
) -> None:
    entry = signed.entries()[n - 1]
    variants = [str(entry[field]), str(entry[field]).upper(), f"{entry[field]} "]
    value = data.draw(VALUES | st.sampled_from(variants))
    assume(repr(value) != repr(entry[field]))
    found = found_in(signed, n, json.dumps(entry | {field: value}))
    assert found, (field, value)
    assert found[0][0] == n, found


@given(st.data(), st.integers(1, COUNT))
@settings(max_examples=200, deadline=None)
def test_nothing_within_a_content_can_be_changed(
    signed: Trail, data: st.DataObject, n: int
) -> None:
    entry = signed.entries()[n - 1]
    content = json.loads(entry["content"])
    *way, last = data.draw(st.sampled_from(list(leaves(content))))
    holder = content
    for step in way:
        holder = holder[step]
    value = data.draw(VALUES)
    assume(repr(value) != repr(holder[last]))
    holder[last] = value
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    assert found_in(signed, n, json.dumps(entry | {"content": text}))[0][0] == n


@pytest.mark.parametrize("n", [1, 4, COUNT])
@pytest.mark.parametrize("field", sorted(Entry.model_fields.keys() - {"place"}))
def test_no_stored_field_can_be_left_out(signed: Trail, field: str, n: int) -> None:
    entry = signed.entries()[n - 1]
    del entry[field]
    assert found_in(signed, n, json.dumps(entry))[0] == (n, "edited")


@pytest.mark.parametrize("n", [1, 4, COUNT])
@pytest.mark.parametrize("body", ["", "null", "[]", "{", '"x"', "[" * 5000, '{"content":"{\\"'])
def test_what_is_no_entry_is_found_where_it_stands(signed: Trail, body: str, n: int) -> None:
    assert found_in(signed, n, body)[0] == (n, "edited")


def test_a_number_or_a_link_changed_alone_is_one_finding_of_an_edit(signed: Trail) -> None:
    for n in range(1, COUNT + 1):
        entry = signed.entries()[n - 1]
        for change in ({"n": n % COUNT + 1}, {"actor": "user:eve"}, {"at": "2020"}):
            assert found_in(signed, n, json.dumps(entry | change)) == [(n, "edited")]
