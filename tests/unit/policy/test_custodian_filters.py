from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.policy_oracle import EXTRACT, judge, read
from functions.policy.model.custodian.filters import condition
from functions.policy.model.custodian.place import Places
from functions.policy.model.custodian.selection import Moment, selection
from functions.policy.model.custodian.shape import Absence, inventory
from functions.policy.model.language import generate
from functions.policy.model.language.errors import RuleError
from functions.policy.model.language.interpret import Unknown, interpret
from functions.policy.model.language.runtime import GROUP

NOW = datetime(2026, 3, 4, 20, tzinfo=UTC)


def taken(filters: list[Any], *resources: Any, resource: str = "", event: Any = None) -> list[int]:
    chosen = selection(filters, resource=resource)
    position = {id(one): at for at, one in enumerate(resources)}
    return [position[id(one)] for one in chosen.of(list(resources), Moment(NOW, event))]


def value(key: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "value", "key": key, "op": op, "value": value, **more}


def test_recorded_resources_match_as_they_did_in_cloud_custodian() -> None:
    told = judge(read(EXTRACT), datetime.now(UTC))
    assert told["disagreements"] == []
    assert told["agree"] == told["supported"] >= told["cases"] * 0.9


@pytest.mark.parametrize(
    ("filters", "resources", "matched"),
    [
        ([{"A": 1}], [{"A": 1}, {"A": True}, {"A": "1"}, {}], [0, 1]),
        ([{"A": None}], [{}, {"A": None}, {"A": 0}], [0, 1]),
        ([{"A": "absent"}], [{}, {"A": None}, {"A": ""}, {"A": "absent"}], [0, 1, 3]),
        ([{"A": "present"}], [{}, {"A": None}, {"A": ""}], [2]),
        ([{"A": "not-null"}], [{}, {"A": 0}, {"A": [1]}], [2]),
        ([{"A": "empty"}], [{}, {"A": 0}, {"A": [1]}, {"A": []}], [0, 1, 3]),
        ([value("A", "ne", "x")], [{}, {"A": "x"}, {"A": 1}], [0, 2]),
        ([value("A", "gt", 1)], [{"A": 2}, {"A": "2"}, {}, {"A": 1.5}, {"A": [2]}], [0, 3]),
        ([value("A", "lte", "m")], [{"A": "a"}, {"A": 1}, {"A": "z"}], [0]),
        ([value("A", "in", ["x", 1])], [{"A": "x"}, {"A": True}, {}, {"A": ["x"]}], [0, 1]),
        ([value("A", "in", list("abcdefgh"))], [{"A": "h"}, {"A": ["h"]}, {"A": {}}], [0]),
        ([value("A", "ni", list("abcdefgh"))], [{"A": "h"}, {"A": ["h"]}, {}], [1, 2]),
        ([value("A", "not-in", ["x", None])], [{}, {"A": "x"}], [0]),
        ([value("A", "in", "xyz")], [{"A": "y"}, {"A": 1}, {}], [0]),
        (
            [value("A", "contains", "b")],
            [{"A": ["b"]}, {"A": "abc"}, {"A": {"b": 1}}, {}],
            [0, 1, 2],
        ),
        ([value("A", "contains", 1)], [{"A": [1]}, {"A": "1"}, {"A": 1}], [0]),
        (
            [value("A", "regex", "^PROD-[0-9]+$")],
            [{"A": "prod-1"}, {"A": "x-prod-1"}, {"A": 1}],
            [0],
        ),
        ([value("A", "regex-case", "P")], [{"A": "Px"}, {"A": "px"}], [0]),
        ([value("A", "regex", "^(?!prod).*$")], [{"A": "test"}, {"A": "PRODuct"}], [0]),
        ([value("A", "glob", "a*[0-9]")], [{"A": "ab1"}, {"A": "Ab1"}, {"A": ["ab1"]}], [0]),
        ([value("A", "intersect", ["x", "y"])], [{"A": ["y"]}, {"A": ["z"]}, {"A": [["y"]]}], [0]),
        ([value("A", "difference", ["x"])], [{"A": ["x"]}, {"A": ["x", "z"]}, {}], [1]),
        ([value("A", "mod", 2)], [{"A": 3}, {"A": 4}, {"A": "%d"}], [0]),
        ([value("A", "mod", 0)], [{"A": 3}], []),
        ([{"or": [{"A": 1}, {"B": 1}]}], [{"A": 1}, {"B": 1}, {}], [0, 1]),
        ([{"not": [{"A": 1}, {"B": 1}]}], [{"A": 1}, {"A": 1, "B": 1}, {}], [0, 2]),
        ([{"and": []}, {"or": []}], [{}], []),
    ],
)
def test_operators_in_examples(
    filters: list[Any], resources: list[Any], matched: list[int]
) -> None:
    assert taken(filters, *resources) == matched


@pytest.mark.parametrize(
    ("kind", "op", "wanted", "has", "fits"),
    [
        ("normalize", "eq", "prod", " PROD ", True),
        ("normalize", "eq", 1, 1, True),
        ("integer", "eq", 12, " 12 ", True),
        ("integer", "eq", 0, "twelve", True),
        ("float", "ge", 1.5, "1.5", True),
        ("size", "gt", 1, [1, 2], True),
        ("size", "eq", 0, None, True),
        ("unique_size", "eq", 1, [2, 2], True),
        ("unique_size", "eq", 0, [[2]], True),
        ("swap", "in", "a", ["a", "b"], True),
        ("swap", "in", "a", None, False),
        ("cidr", "in", "10.0.0.0/8", "10.1.2.3", True),
        ("cidr", "in", "10.0.0.0/8", "10.1.0.0/16", True),
        ("cidr", "ni", "10.0.0.0/8", "11.0.0.1", True),
        ("cidr", "in", ["11.0.0.0/8", "10.0.0.0/8"], "10.1.2.3", True),
        ("cidr", "in", "10.0.0.0/8", "no address", False),
        ("cidr_size", "le", 16, "10.0.0.0/8", True),
        ("version", "lt", "1.10", "1.9", True),
        ("version", "ge", "1.10", "1.9", False),
        ("version", "lt", "1.10", "1.x", False),
        ("date", "lt", "2026-01-01", "2025-12-31T00:00:00Z", True),
        ("date", "lt", "2026-01-01", "soon", False),
        ("age", "gt", 90, "2025-01-01T00:00:00+00:00", True),
        ("age", "gt", 90, "2026-03-01T00:00:00+00:00", False),
        ("age", "gt", 90, datetime(2025, 1, 1, tzinfo=UTC), True),
        ("age", "gt", 90, 1603209239560, True),
        ("age", "gt", 90, "1603209239", True),
        ("age", "gt", 90, None, False),
        ("age", "ne", 90, None, True),
        ("expiration", "lt", 30, "2026-03-20", True),
        ("expiration", "lt", 30, "2026-05-20", False),
        ("expr", "eq", "B", "b", True),
    ],
)
def test_value_types_in_examples(
    kind: str,
    op: str,
    wanted: Any,
    has: Any,
    fits: bool,  # noqa: FBT001  # an example's column
) -> None:
    document = value("A", op, wanted, value_type=kind)
    assert taken([document], {"A": has, "B": "b"}) == ([0] if fits else [])


@pytest.mark.parametrize(
    "resource",
    [
        {"Tags": [{"Key": "x", "Value": "y"}, {"Key": "Name", "Value": "n"}]},
        {"labels": {"Name": "n"}},
        {"tags": {"Name": "n"}},
    ],
)
def test_a_tag_is_found_however_the_cloud_writes_tags(resource: dict[str, Any]) -> None:
    assert taken([{"tag:Name": "n"}], resource) == [0]
    assert taken([{"tag:Other": "absent"}], resource) == [0]
    transformed = value("tag:name", "eq", "n", tag_key_transforms=["lower"])
    assert taken([transformed], resource) == [0]


@pytest.mark.parametrize(
    "tags", [None, {}, "", "Tags", [None], [{}], [{"Key": "Name"}], {"Key": "Name"}]
)
def test_tags_with_a_flaw_have_no_value(tags: Any) -> None:
    assert taken([{"tag:Name": "absent"}], {"Tags": tags}) == [0]


def test_a_value_can_be_cut_out_of_a_text() -> None:
    document = value("tag:m", "le", 0, value_type="expiration", value_regex=r".*until=([0-9-]+).*")
    tags = [[{"Key": "m", "Value": f"a until={day}; b"}] for day in ("2026-03-01", "2027-03-01")]
    assert taken([document], *({"Tags": each} for each in tags), {}) == [0]


def test_a_value_can_come_from_another_path_of_the_resource() -> None:
    document = {"type": "value", "key": "A[].x", "op": "intersect", "value_path": "B[].x"}
    assert taken([document], {"A": [{"x": 1}], "B": [{"x": 1}]}, {"A": [{"x": 1}], "B": []}) == [0]


def test_the_items_of_a_list_are_filtered_and_counted() -> None:
    rule = {"type": "list-item", "key": "P", "attrs": [{"From": 22}, {"To": 22}]}
    open_ssh = {"P": [{"From": 22, "To": 22}, {"From": 80, "To": 80}]}
    assert taken([rule], open_ssh, {"P": [{"From": 22, "To": 80}]}, {}, {"P": 3}) == [0]
    counted = {**rule, "count": 1, "count_op": "lt"}
    assert taken([counted], open_ssh, {"P": []}, {}) == [1, 2]
    nested = {"type": "list-item", "key": "P", "attrs": [{"not": [{"From": 22}]}]}
    assert taken([nested], open_ssh) == [0]


def test_a_mark_is_due_at_its_moment_less_the_skew() -> None:
    def marked(text: str) -> dict[str, Any]:
        return {"Tags": [{"Key": "maid_status", "Value": text}]}

    due = marked("no policy: delete@2026/03/04")
    later = marked("no policy: delete@2026/03/05")
    other = marked("no policy: stop@2026/03/04")
    assert taken([{"type": "marked-for-op", "op": "delete"}], due, later, other) == [0]
    early = {"type": "marked-for-op", "op": "delete", "skew": 1}
    assert taken([early], due, later, marked("delete@soon"), marked("x: delete@soon"), {}) == [0, 1]


def test_tags_are_counted_but_for_the_cloud_s_own() -> None:
    tags = [{"Key": key, "Value": ""} for key in ("a", "b", "aws:c")]
    assert taken([{"type": "tag-count", "count": 2}], {"Tags": tags}, {"Tags": tags[1:]}) == [0]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("off=(M-F,15);tz=et", True),  # Wednesday, 15:00 in New York
        ("off=(M-F,16)", False),
        ("off=[(S,3),(F-W,15)]", True),
        ("offu3du28M-Fu2c15u29u3btzu3det", True),
        ("off", False),
        ("tz=utc", False),
        ("tz=Europe/London", False),
        ("off=(x,15)", False),
        ("off=(M-F,15);nothing=1", False),
        ("", False),
    ],
)
def test_a_schedule_in_a_tag_turns_things_off_in_its_hours(text: str, fits: bool) -> None:  # noqa: FBT001
    off = {"type": "offhour", "default_tz": "et", "offhour": 19}
    resource = {"Tags": [{"Key": "Maid_OffHours", "Value": text}]}
    assert taken([off], resource) == ([0] if fits else [])


def test_a_resource_without_a_schedule_is_left_alone_unless_it_has_to_opt_out() -> None:
    usual = {"type": "onhour", "default_tz": "utc", "onhour": 20}
    assert taken([usual], {}) == []
    assert taken([{**usual, "opt-out": True}], {}) == [0]
    assert taken([{**usual, "opt-out": True, "skip-days": ["2026-03-04"]}], {}) == []
    assert taken([{**usual, "fallback-schedule": "on=(W,20);tz=utc"}], {}) == [0]


def test_age_filters_read_the_moment_of_their_resource_type() -> None:
    old, young = "2020-01-01T00:00:00Z", (NOW - timedelta(hours=30)).isoformat()
    snapshots = [{"SnapshotCreateTime": old}, {"SnapshotCreateTime": young}, {}]
    aged = {"type": "age", "days": 1, "hours": 12}
    assert taken([aged], *snapshots, resource="aws.rds-snapshot") == [0]
    volumes = [{"Ebs": {"AttachTime": young}}, {"Ebs": {"AttachTime": old}}, {"VirtualName": "e"}]
    instances = [
        {"LaunchTime": young, "BlockDeviceMappings": volumes},
        {"LaunchTime": young, "BlockDeviceMappings": []},
    ]
    assert taken([{"type": "instance-age", "days": 30}], *instances, resource="ec2") == [0]


def test_reduce_keeps_some_of_each_group_in_order() -> None:
    resources = [{"G": group, "N": number} for group, number in ("a3", "b1", "a1", "b2", "a2")]
    keep = {"type": "reduce", "group-by": "G", "sort-by": "N", "limit": 1}
    assert taken([keep], *resources) == [2, 1]
    assert taken([{**keep, "order": "desc"}], *resources) == [3, 0]
    assert taken([{**keep, "limit": 0, "discard": 1}], *resources) == [4, 0, 3]
    assert taken([{**keep, "limit": 0, "limit-percent": 50}], *resources) == [2, 1]
    assert len(taken([{"type": "reduce", "order": "randomize", "limit": 2}], *resources)) == 2
    numbers = {
        "type": "reduce",
        "sort-by": {"key": "M", "value_type": "number"},
        "null-order": "first",
    }
    assert taken([numbers], {"M": "10"}, {"M": 9}, {"M": "x"}) == [2, 1, 0]


def test_a_count_of_resources_takes_all_or_none() -> None:
    many = {"type": "value", "value_type": "resource_count", "op": "gt", "value": 1}
    assert taken([many], {}, {}) == [0, 1]
    assert taken([many], {}) == []


def test_an_event_filter_takes_all_or_none_and_all_without_an_event() -> None:
    named = {"type": "event", "key": "detail.user", "op": "eq", "value": "root"}
    assert taken([named], {}) == [0]
    assert taken([named], {}, event={"detail": {"user": "root"}}) == [0]
    assert taken([named], {}, event={"detail": {"user": "me"}}) == []


@pytest.mark.parametrize(
    ("filters", "problem"),
    [
        ("ec2", "no list of filters"),
        ([3], "3"),
        ([{}], "{}"),
        ([{"A": 1, "B": 2}], "several keys without a type"),
        ([{"type": "valeu", "key": "A", "value": 1}], "did you mean value"),
        ([{"type": "value", "key": "A"}], "no value"),
        ([{"type": "value", "value": 1}], "key: None"),
        ([value("A", "is", 1)], "unknown operator 'is'"),
        ([value("A", "eq", 1, kind="x")], "unknown field 'kind'"),
        ([value("A", "eq", 1, value_type="aged")], "'aged'"),
        ([value("A", "gt", "old", value_type="age")], "'old'"),
        ([value("A", "gt", 1e9, value_type="age")], "up to 700000"),
        ([value("A", "regex", "(a+)+$")], "the pattern is refused"),
        ([value("A", "regex", 3)], "no text"),
        ([value("A", "eq", 1, value_regex="abc")], "0 groups"),
        ([value("A[", "eq", 1)], "unexpected end"),
        ([value("A..B", "eq", 1)], "expected a field after '.'"),
        ([value("nothing(A)", "eq", 1)], "unknown function 'nothing'"),
        ([value("length(A, B)", "eq", 1)], "takes 1 argument"),
        ([value("(" * 40 + "A", "eq", 1)], "nested too deep"),
        ([{"type": "offhour", "default_tz": "Mars/Base"}], "'Mars/Base'"),
        ([{"type": "reduce", "sort": "N"}], "unknown field"),
        ([{"type": "list-item", "attrs": []}], "no key"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(filters: Any, problem: str) -> None:
    with pytest.raises(RuleError) as caught:
        selection(filters)
    assert problem in str(caught.value)


@pytest.mark.parametrize("count", [0, 1, GROUP - 1, GROUP, GROUP + 1, 3 * GROUP])
def test_of_many_resources_each_is_looked_at_once_and_in_order(count: int) -> None:
    resources = [{"A": number % 2} for number in range(count)]
    assert taken([{"A": 1}], *resources) == list(range(1, count, 2))


def test_filters_nested_without_end_are_refused() -> None:
    filters: list[Any] = [{"A": 1}]
    for _ in range(100):
        filters = [{"not": filters}]
    with pytest.raises(RuleError, match="nested too deep"):
        selection(filters)


@pytest.mark.parametrize(
    ("filters", "configuration", "null", "unknown", "open_"),
    [
        ([{"a": 1}], {}, False, None, None),
        ([{"a": 1}], {"a": 1}, True, True, True),
        ([{"a": "absent"}], {}, True, True, None),
        ([{"a": "present"}], {"a": 1}, True, True, True),
        ([value("a", "ne", 1)], {}, True, None, None),
        ([{"not": [{"a": 1}]}], {}, True, None, None),
        ([{"tag:x": "absent"}], {}, True, True, None),
        ([{"or": [{"a": 1}, {"b": 1}]}], {"b": 1}, True, True, True),
        ([{"a": 1}, {"b": 1}], {"b": 2}, False, False, False),
        ([value("a[].b", "contains", 1)], {}, False, None, None),
        ([value("a[].b", "contains", 1)], {"a": [{}]}, False, False, False),
        ([{"type": "list-item", "key": "a", "attrs": [{"b": 1}]}], {}, False, None, None),
    ],
)
def test_absence_is_null_unknown_or_open_as_one_asks(
    filters: list[Any],
    configuration: dict[str, Any],
    null: bool | None,  # noqa: FBT001
    unknown: bool | None,  # noqa: FBT001
    open_: bool | None,  # noqa: FBT001
) -> None:
    facts = {"configuration": configuration, "tags": {}}
    for absence, wanted in zip(Absence, (null, unknown, open_), strict=True):
        tree = condition(filters, inventory(absence), Places())
        assert generate.condition(tree)(facts, NOW) is wanted
        told = interpret(tree, facts, NOW)
        assert (None if isinstance(told, Unknown) else told) is wanted
