from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.model import census
from functions.inventory.model.identity import resource_id
from functions.inventory.model.resource import Facts
from functions.inventory.model.volatile import steady

WORDS = st.text(max_size=30)
SEEN = st.dictionaries(st.binary(min_size=20, max_size=20), st.binary(min_size=16, max_size=16))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["AWS::S3::Bucket", "a/b c"]), SEEN))
def test_a_census_is_read_as_it_was_written(known: census.Census) -> None:
    assert census.decode(census.encode(known)) == {
        name: seen for name, seen in known.items() if seen
    }


@given(WORDS, WORDS, WORDS, WORDS)
def test_a_census_and_the_inventory_mean_the_same_resource(
    account: str, region: str, type_name: str, native_id: str
) -> None:
    key = census.key_of("aws", account, region, type_name, native_id)
    assert census.id_of(key) == resource_id("aws", account, region, type_name, native_id)


def test_half_a_surrogate_pair_in_a_name_is_no_other_resource() -> None:
    key = census.key_of("aws", "1", "r", "t", "\ud800")
    assert census.id_of(key) == resource_id("aws", "1", "r", "t", "\ud800")


@given(st.dictionaries(st.text(max_size=6), JSON, max_size=5))
def test_the_order_of_members_makes_no_difference(configuration: dict[str, Any]) -> None:
    turned = dict(reversed(configuration.items()))
    one, other = Facts(configuration=configuration), Facts(configuration=turned)
    assert census.digest_of(one) == census.digest_of(other)


@given(st.text(max_size=5), st.text(max_size=5))
def test_different_facts_have_different_digests(one: str, other: str) -> None:
    digests = {census.digest_of(Facts(name=name)) for name in (one, other)}
    assert len(digests) == len({one, other})


@pytest.mark.parametrize("same", [True, False])
def test_when_somebody_used_a_key_last_counts_by_the_day(same: bool) -> None:  # noqa: FBT001  # a case
    days = ("2026-03-10T01:00:00Z", "2026-03-10T23:00:00Z" if same else "2026-03-11T00:00:00Z")
    users = [
        Facts(configuration={"supplementary": {"AccessKeys": [{"lastUsedDate": day}]}})
        for day in days
    ]
    assert len({census.digest_of(steady("AWS::IAM::User", one)) for one in users}) == 2 - same


def test_what_moves_by_itself_is_no_difference() -> None:
    facts = [
        Facts(configuration={"latestRestorableTime": time, "engine": "postgres"}) for time in "ab"
    ]
    digests = {census.digest_of(steady("AWS::RDS::DBInstance", one)) for one in facts}
    assert len(digests) == 1
    other = Facts(configuration={"engine": "mysql"})
    assert census.digest_of(steady("AWS::RDS::DBInstance", other)) not in digests
