"""Whatever is done to a trail is found, at the very entry at which it was done."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.audit.model.chain import Link
from functions.audit.model.signed import Sealed
from functions.audit.model.verification import Fault, Verdict, walk
from tests.unit.audit.chains import (
    OURS,
    TAMPERINGS,
    TENANT,
    THEIRS,
    Key,
    Tampering,
    chain,
    delete,
    edit,
    edit_and_chain,
    fork,
    insert,
    reorder,
    seal,
    truncate,
)

COUNT = 40


def verdict(
    links: list[Link],
    sealed: list[Sealed],
    *keys: Key,
    end: int | None = COUNT,
    last: str | None = None,
) -> Verdict:
    walked = walk(links, tenant=TENANT)
    if end is not None:
        walked.end(n=end, hash_=last)
    covered = walked.hold_against(sealed, [key.public for key in keys or (OURS,)])
    return walked.verdict(heads=len(sealed), covered=covered)


def test_an_untouched_trail_is_intact_and_says_how_far_heads_cover_it() -> None:
    links = chain(COUNT)
    found = verdict(links, seal(links, 15, 20), last=links[-1].hash)
    assert (found.intact, found.entries, found.heads, found.covered) == (True, COUNT, 2, 35)


@given(
    st.sampled_from(TAMPERINGS),
    st.integers(1, COUNT - 1),
    st.lists(st.integers(1, COUNT), min_size=1, max_size=5),
)
@settings(max_examples=300, deadline=None)
def test_every_tampering_under_signed_heads_is_found_at_its_entry(
    tampering: Tampering, n: int, sizes: list[int]
) -> None:
    links = chain(COUNT)
    whole = [*sizes, COUNT]  # the heads reach beyond the last entry's number, so they cover it all
    found = verdict(tampering(links, n), _covering(links, whole))
    assert found.findings, tampering.__name__
    assert found.findings[0].n == n, (tampering.__name__, found.findings[:3])


@given(st.sampled_from((edit, delete, reorder, fork, insert)), st.integers(1, COUNT - 1))
@settings(deadline=None)
def test_what_does_not_rewrite_all_that_follows_is_found_without_any_head(
    tampering: Tampering, n: int
) -> None:
    found = verdict(tampering(chain(COUNT), n), [])
    assert found.findings
    # Of two entries in one place the chain alone cannot say which came later: it is off by one at most.
    assert abs(found.findings[0].n - n) <= 1


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        (edit, Fault.EDITED),
        (edit_and_chain, Fault.EDITED),
        (delete, Fault.DELETED),
        (insert, Fault.INSERTED),
        (reorder, Fault.REORDERED),
        (truncate, Fault.TRUNCATED),
        (fork, Fault.FORKED),
    ],
)
def test_each_fault_has_its_name(tampering: Tampering, fault: Fault) -> None:
    links = chain(COUNT)
    assert verdict(tampering(links, 17), seal(links, 10, 20, 10)).findings[0][:2] == (17, fault)


def test_a_head_signed_anew_by_another_key_is_found() -> None:
    links = edit_and_chain(chain(COUNT), 17)
    sealed = seal(chain(COUNT), 10)
    sealed += [each for each in seal(links, 10, 30, key=THEIRS) if each.head.seq == 2]
    found = verdict(links, sealed)
    assert [finding.fault for finding in found.findings] == [Fault.RESIGNED]
    assert found.covered == 10
    assert "head 2" in found.findings[0].detail


def test_a_head_beside_the_original_leaves_is_found_at_the_first_entry_that_differs() -> None:
    links = chain(COUNT)
    forged = [each.model_copy(update={"head": THEIRS.sign(each.head)}) for each in seal(links, 40)]
    found = verdict(edit_and_chain(links, 17), forged)
    assert found.findings[0][:2] == (17, Fault.RESIGNED)


@pytest.mark.parametrize("field", ["merkle_root", "hash", "previous", "first", "last", "signed_at"])
def test_no_field_of_a_head_can_be_changed(field: str) -> None:
    links = chain(COUNT)
    sealed = seal(links, 20, 20)
    head = sealed[1].head
    value = head.last + 1 if field in {"first", "last"} else "0" * 64
    sealed[1] = sealed[1].model_copy(update={"head": head.model_copy(update={field: value})})
    assert {finding.fault for finding in verdict(links, sealed).findings} == {Fault.RESIGNED}


def test_a_head_that_is_left_out_is_found() -> None:
    links = chain(COUNT)
    first, _, third = seal(links, 10, 10, 20)
    found = verdict(links, [first, third])
    assert [finding.fault for finding in found.findings] == [Fault.RESIGNED]


@pytest.mark.parametrize("tampering", [insert, delete, edit_and_chain, reorder, fork])
def test_the_first_entry_is_told_however_much_is_wrong_after_it(
    tampering: Tampering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.audit.model.verification._KEPT", 3)
    links = chain(COUNT)
    found = verdict(tampering(links, 17), seal(links, 10, 20, 10))
    assert found.findings[0].n == 17
    assert len(found.findings) <= 3


def test_another_tenants_entry_is_none_of_this_chain() -> None:
    links = walk(chain(3), tenant="rival").verdict(heads=0, covered=0)
    assert [finding.n for finding in links.findings] == [1, 2, 3]


def _covering(links: list[Link], sizes: list[int]) -> list[Sealed]:
    fitting: list[int] = []
    for size in sizes:
        left = len(links) - sum(fitting)
        if left:
            fitting.append(min(size, left))
    return seal(links, *fitting)
