"""Event patterns, events and whether they match: one table for our matcher and for moto's.

A row with ``moto_differs`` says why moto answers otherwise than AWS documents; such a row holds our
matcher to the documentation alone, and the suite checks that moto still differs, so that the remark
cannot outlive its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SAMPLE: dict[str, Any] = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "111122223333",
    "time": "2026-03-02T08:15:30Z",
    "region": "eu-central-1",
    "resources": ["arn:aws:ec2:eu-central-1:111122223333:instance/i-0abc"],
    "detail": {"instance-id": "i-0abc", "state": "running", "cores": 4, "load": 0.5, "spot": True},
}


@dataclass(frozen=True)
class Case:
    """One row; ``name`` is what pytest prints."""

    name: str
    pattern: dict[str, Any]
    event: dict[str, Any]
    matches: bool
    moto_differs: str = ""


def _rows(
    group: str,
    operator: Any,
    expectations: list[tuple[Any, bool] | tuple[Any, bool, str]],
) -> list[Case]:
    """Cases on one field ``v``: the same list of values and operators against many event values."""
    pattern = {"v": operator if isinstance(operator, list) else [operator]}
    return [
        Case(f"{group}: {row[0]!r}", pattern, {"v": row[0]}, row[1], *row[2:])
        for row in expectations
    ]


_BOOL = "moto compares with Python's ==, for which True is 1 and False is 0"
_BOOL_RANGE = "moto takes a boolean for a number"
_EMPTY = "moto counts an empty list or object as a leaf; the engine finds no leaf in it"
_NESTED = "moto does not look into objects inside arrays, nor arrays inside arrays"
_NEWLINE = "moto's regular expression stops '*' at a line break"
_HOST_BITS = "moto refuses a block whose address has host bits set"
_INTEGER_ADDRESS = "moto takes an integer for an address"

VALUES = [
    *_rows(
        "a word", "running", [("running", True), ("Running", False), ("runnin", False), ("", False)]
    ),
    *_rows("a word, other types", "1", [(1, False), (True, False), (None, False), (["1"], True)]),
    *_rows("the empty word", "", [("", True), (" ", False), (None, False), ([], False)]),
    *_rows(
        "one of several", ["a", "b"], [("a", True), ("b", True), ("c", False), (["c", "b"], True)]
    ),
    *_rows("a number", 300, [(300, True), (300.0, True), (301, False), ("300", False)]),
    *_rows("a fraction", 0.5, [(0.5, True), (0.50001, False), ([1, 0.5], True)]),
    *_rows("one", 1, [(1, True), (True, False, _BOOL), ([False, 1], True)]),
    *_rows("zero", 0, [(0, True), (False, False, _BOOL), (None, False), ("", False)]),
    *_rows("true", True, [(True, True), (False, False), ("true", False), (1, False, _BOOL)]),
    *_rows("false", False, [(False, True), (True, False), (None, False), (0, False, _BOOL)]),
    *_rows("null", None, [(None, True), ("", False), ("null", False), (0, False), ([None], True)]),
    *_rows(
        "values of three kinds",
        ["a", 1, None],
        [("a", True), (1, True), (None, True), ("1", False)],
    ),
    *_rows(
        "a word and an operator", ["a", {"prefix": "b"}], [("a", True), ("bc", True), ("ca", False)]
    ),
]

TEXT = [
    *_rows(
        "prefix",
        {"prefix": "eu-"},
        [
            ("eu-west-1", True),
            ("eu-", True),
            ("us-east-1", False),
            ("EU-west-1", False),
            (5, False),
        ],
    ),
    *_rows("prefix in an array", {"prefix": "a"}, [(["b", "ab"], True), (["b", "ba"], False)]),
    *_rows("empty prefix", {"prefix": ""}, [("x", True), ("", True), (None, False)]),
    *_rows(
        "prefix, any case",
        {"prefix": {"equals-ignore-case": "EventB"}},
        [("eventbridge", True), ("EVENTBUS", True), ("event", False), (1, False)],
    ),
    *_rows(
        "suffix",
        {"suffix": ".png"},
        [("a.png", True), (".png", True), ("a.PNG", False), (1, False)],
    ),
    *_rows("suffix in an array", {"suffix": "z"}, [(["az", "b"], True), (["a"], False)]),
    *_rows(
        "suffix, any case",
        {"suffix": {"equals-ignore-case": ".png"}},
        [("a.PnG", True), ("png", False), (None, False)],
    ),
    *_rows(
        "any case",
        {"equals-ignore-case": "alice"},
        [
            ("ALICE", True),
            ("Alice", True),
            ("alic", False),
            ("alice ", False),
            (["x", "aLice"], True),
        ],
    ),
]

WILDCARDS = [
    *_rows(
        "wildcard in the middle",
        {"wildcard": "dir/*.png"},
        [("dir/a.png", True), ("dir/.png", True), ("dir/a/b.png", True), ("dirx.png", False)],
    ),
    *_rows(
        "wildcard at the ends",
        {"wildcard": "*lib*"},
        [("lib", True), ("a/lib/b", True), ("li", False)],
    ),
    *_rows(
        "wildcard alone", {"wildcard": "*"}, [("", True), ("x", True), (1, False), (None, False)]
    ),
    *_rows("wildcard without a star", {"wildcard": "a.c"}, [("a.c", True), ("abc", False)]),
    *_rows(
        "escaped star", {"wildcard": r"a\*b"}, [("a*b", True), ("axb", False), (r"a\*b", False)]
    ),
    *_rows("escaped backslash", {"wildcard": r"c:\\*"}, [("c:\\temp", True), ("c:temp", False)]),
    *_rows("star over lines", {"wildcard": "a*b"}, [("a\nb", True, _NEWLINE), ("ab", True)]),
    *_rows(
        "wildcard in an array",
        {"wildcard": "*-prod"},
        [(["x", "db-prod"], True), (["prod"], False)],
    ),
]

ANYTHING_BUT = [
    *_rows(
        "anything but a word",
        {"anything-but": "stopped"},
        [("running", True), ("stopped", False), (5, True), (None, True), (True, True), ("", True)],
    ),
    *_rows(
        "anything but, arrays",
        {"anything-but": "a"},
        [(["a"], False), (["a", "b"], True), ([], False)],
    ),
    *_rows(
        "anything but words",
        {"anything-but": ["a", "b"]},
        [("a", False), ("b", False), ("c", True), (["a", "b"], False), (["b", "c"], True)],
    ),
    *_rows(
        "anything but a number",
        {"anything-but": 1},
        [(1, False), (2, True), ("1", True), (1.0, False)],
    ),
    *_rows("anything but one, true", {"anything-but": 1}, [(True, True, _BOOL), (False, True)]),
    *_rows(
        "anything but numbers",
        {"anything-but": [100, 200]},
        [(100, False), (300, True), (200, False)],
    ),
    *_rows(
        "anything but a prefix",
        {"anything-but": {"prefix": "us-"}},
        [
            ("us-east-1", False),
            ("eu-west-1", True),
            (7, True),
            (["us-a", "eu-b"], True),
            (["us-a"], False),
        ],
    ),
    *_rows(
        "anything but prefixes",
        {"anything-but": {"prefix": ["us-", "eu-"]}},
        [("us-1", False), ("eu-1", False), ("ap-1", True)],
    ),
    *_rows(
        "anything but a suffix",
        {"anything-but": {"suffix": ".png"}},
        [("a.png", False), ("a.gif", True)],
    ),
    *_rows(
        "anything but, any case",
        {"anything-but": {"equals-ignore-case": "init"}},
        [("INIT", False), ("initial", True), (3, True)],
    ),
    *_rows(
        "anything but several, any case",
        {"anything-but": {"equals-ignore-case": ["init", "Stop"]}},
        [("STOP", False), ("Init", False), ("go", True)],
    ),
    *_rows(
        "anything but a wildcard",
        {"anything-but": {"wildcard": "*/lib/*"}},
        [("a/lib/b", False), ("a/library", True), (None, True)],
    ),
    *_rows(
        "anything but wildcards",
        {"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}},
        [("a/bin/b", False), ("a/etc/b", True)],
    ),
    Case("anything but, absent field", {"v": [{"anything-but": "a"}]}, {"w": 1}, matches=False),
]

NUMBERS = [
    *_rows(
        "less", {"numeric": ["<", 10]}, [(9.99, True), (10, False), ("5", False), (None, False)]
    ),
    *_rows("at most", {"numeric": ["<=", 10]}, [(10, True), (10.001, False), (-1e9, True)]),
    *_rows(
        "equal", {"numeric": ["=", 301.8]}, [(301.8, True), (301.81, False), ([1, 301.8], True)]
    ),
    *_rows(
        "more",
        {"numeric": [">", 0]},
        [(1, True), (0, False), (-1, False), (True, False, _BOOL_RANGE)],
    ),
    *_rows("at least", {"numeric": [">=", 5]}, [(5, True), (4.9, False), (6, True)]),
    *_rows(
        "in a range",
        {"numeric": [">", 0, "<=", 5]},
        [(0, False), (0.1, True), (5, True), (5.1, False), ([9, 3], True), ([9, -3], False)],
    ),
    *_rows("below zero", {"numeric": [">=", -5, "<", 0]}, [(-5, True), (0, False), (-0.5, True)]),
]

PRESENCE = [
    *_rows(
        "exists",
        {"exists": True},
        [("x", True), (None, True), (False, True), ("", True), ([1], True), ({"a": 1}, False)],
    ),
    *_rows("exists, empty", {"exists": True}, [([], False, _EMPTY), ({}, False, _EMPTY)]),
    *_rows(
        "is absent",
        {"exists": False},
        [("x", False), (None, False), ([1], False), ({"a": 1}, True)],
    ),
    *_rows("is absent, empty", {"exists": False}, [([], True, _EMPTY), ({}, True, _EMPTY)]),
    Case("exists, absent field", {"v": [{"exists": True}]}, {}, matches=False),
    Case("is absent, absent field", {"v": [{"exists": False}]}, {}, matches=True),
    Case("is absent, absent parent", {"p": {"v": [{"exists": False}]}}, {"q": 1}, matches=True),
    Case(
        "is absent, parent is a word", {"p": {"v": [{"exists": False}]}}, {"p": "x"}, matches=True
    ),
    Case("absent or a word: absent", {"v": ["a", {"exists": False}]}, {}, matches=True),
    Case("absent or a word: the word", {"v": ["a", {"exists": False}]}, {"v": "a"}, matches=True),
    Case("absent or a word: another", {"v": ["a", {"exists": False}]}, {"v": "b"}, matches=False),
]

ADDRESSES = [
    *_rows(
        "cidr v4",
        {"cidr": "10.0.0.0/24"},
        [
            ("10.0.0.0", True),
            ("10.0.0.255", True),
            ("10.0.1.0", False),
            ("10.0.0", False),
            ("x", False),
        ],
    ),
    *_rows(
        "cidr v4, not text", {"cidr": "0.0.0.0/0"}, [(None, False), (5, False, _INTEGER_ADDRESS)]
    ),
    *_rows(
        "cidr of one address", {"cidr": "192.0.2.7/32"}, [("192.0.2.7", True), ("192.0.2.8", False)]
    ),
    *_rows("cidr with host bits", {"cidr": "10.0.0.9/24"}, [("10.0.0.1", True, _HOST_BITS)]),
    *_rows(
        "cidr v6",
        {"cidr": "2001:db8::/32"},
        [
            ("2001:db8::1", True),
            ("2001:0DB8:0:0::1", True),
            ("2001:db9::1", False),
            ("10.0.0.1", False),
        ],
    ),
    *_rows("cidr in an array", {"cidr": "10.0.0.0/8"}, [(["192.0.2.1", "10.1.1.1"], True)]),
]

_OR = {"s": ["cw"], "$or": [{"m": ["cpu"]}, {"n": ["ec2"], "t": ["x"]}]}
_DEEP_OR = {"d": {"$or": [{"a": [1]}, {"b": {"$or": [{"c": [2]}, {"e": [{"exists": False}]}]}}]}}

STRUCTURE = [
    Case("or: first branch", _OR, {"s": "cw", "m": "cpu"}, matches=True),
    Case("or: second branch", _OR, {"s": "cw", "n": "ec2", "t": "x"}, matches=True),
    Case("or: half of the second branch", _OR, {"s": "cw", "n": "ec2"}, matches=False),
    Case("or: the field beside it fails", _OR, {"s": "x", "m": "cpu"}, matches=False),
    Case("nested or: outer branch", _DEEP_OR, {"d": {"a": 1, "b": {"e": 1}}}, matches=True),
    Case("nested or: inner branch", _DEEP_OR, {"d": {"a": 2, "b": {"c": 2, "e": 1}}}, matches=True),
    Case("nested or: inner absence", _DEEP_OR, {"d": {"a": 2, "b": {"c": 3}}}, matches=True),
    Case("nested or: none", _DEEP_OR, {"d": {"a": 2, "b": {"c": 3, "e": 0}}}, matches=False),
    Case(
        "two ors at one level need both",
        {"$or": [{"a": [1]}, {"b": [1]}], "p": {"$or": [{"c": [1]}, {"d": [1]}]}},
        {"a": 1, "p": {"c": 2, "d": 2}},
        matches=False,
    ),
    Case("every field must match", {"a": [1], "b": [2]}, {"a": 1, "b": 3}, matches=False),
    Case("other fields are ignored", {"a": [1]}, {"a": 1, "z": {"y": []}}, matches=True),
    Case("nesting must be the same", {"a": {"b": [1]}}, {"b": 1}, matches=False),
    Case("a word has no fields", {"a": {"b": [1]}}, {"a": "b"}, matches=False),
    Case("an object is no word", {"a": ["b"]}, {"a": {"b": 1}}, matches=False),
    Case("three levels", {"a": {"b": {"c": [1, 2]}}}, {"a": {"b": {"c": 2}}}, matches=True),
    Case(
        "an object in an array",
        {"e": {"first": ["Anna"]}},
        {"e": [{"first": "John"}, {"first": "Anna"}]},
        True,
        _NESTED,
    ),
    Case(
        "two fields of one element",
        {"e": {"first": ["Anna"], "last": ["Smith"]}},
        {"e": [{"first": "John", "last": "Doe"}, {"first": "Anna", "last": "Smith"}]},
        True,
        _NESTED,
    ),
    Case(
        "two fields of two elements",
        {"e": {"first": ["Anna"], "last": ["Doe"]}},
        {"e": [{"first": "John", "last": "Doe"}, {"first": "Anna", "last": "Smith"}]},
        matches=False,
    ),
    Case("arrays in arrays", {"e": {"n": [2]}}, {"e": [[{"n": 1}], [{"n": 2}]]}, True, _NESTED),
    Case("words in arrays in arrays", {"e": ["b"]}, {"e": [["a"], ["b"]]}, True, _NESTED),
    Case(
        "an array below an array",
        {"e": {"p": {"q": ["x"]}}},
        {"e": [{"p": [{"q": "y"}]}, {"p": [{"q": "x"}]}]},
        True,
        _NESTED,
    ),
    Case(
        "absence is asked of all elements",
        {"e": {"a": [{"exists": False}], "b": [2]}},
        {"e": [{"a": 1}, {"b": 2}]},
        matches=False,
    ),
    Case(
        "absent from every element",
        {"e": {"a": [{"exists": False}], "b": [2]}},
        {"e": [{"c": 1}, {"b": 2}]},
        True,
        _NESTED,
    ),
    Case(
        "an array of objects holds no words",
        {"e": [{"exists": True}]},
        {"e": [{"a": 1}]},
        False,
        _EMPTY,
    ),
]

WHOLE_EVENTS = [
    Case(
        "source and detail type",
        {"source": ["aws.ec2"], "detail": {"state": ["running"]}},
        SAMPLE,
        True,
    ),
    Case("wrong state", {"source": ["aws.ec2"], "detail": {"state": ["stopped"]}}, SAMPLE, False),
    Case("a resource of the list", {"resources": [{"suffix": "instance/i-0abc"}]}, SAMPLE, True),
    Case(
        "day and region",
        {"time": [{"prefix": "2026-03-02"}], "region": [{"prefix": "eu-"}]},
        SAMPLE,
        True,
    ),
    Case(
        "a number range inside",
        {"detail": {"cores": [{"numeric": [">", 2, "<", 8]}]}},
        SAMPLE,
        True,
    ),
    Case("a flag inside", {"detail": {"spot": [False]}}, SAMPLE, False),
    Case(
        "own events",
        {"source": [{"prefix": "steward."}], "detail-type": ["a.b.c.v1"]},
        SAMPLE,
        False,
    ),
]

CASES: list[Case] = [
    *VALUES,
    *TEXT,
    *WILDCARDS,
    *ANYTHING_BUT,
    *NUMBERS,
    *PRESENCE,
    *ADDRESSES,
    *STRUCTURE,
    *WHOLE_EVENTS,
]

# Pattern, and what the refusal must name.
REFUSED: list[tuple[Any, tuple[str, ...]]] = [
    ({}, ("$", "at least one field")),
    ({"a": "b"}, ("$.a", "'b'", "list")),
    ({"a": []}, ("$.a", "at least one value")),
    ({"a": {}}, ("$.a", "at least one field")),
    ({"a": {"b": {"c": [{"prefx": "x"}]}}}, ("$.a.b.c[0]", "'prefx'", "anything-but", "wildcard")),
    ({"a": [{"prefix": "x", "suffix": "y"}]}, ("$.a[0]", "exactly one operator")),
    ({"a": ["x", {}]}, ("$.a[1]", "exactly one operator")),
    ({"a": [["x"]]}, ("$.a[0]", "string, number")),
    ({"a": [{"prefix": 1}]}, ("$.a[0].prefix", "1", "string")),
    ({"a": [{"prefix": ["x"]}]}, ("$.a[0].prefix", "string")),
    ({"a": [{"suffix": {"ignore": "x"}}]}, ("$.a[0].suffix", "equals-ignore-case")),
    ({"a": [{"prefix": {"equals-ignore-case": 1}}]}, ("equals-ignore-case", "string")),
    ({"a": [{"equals-ignore-case": None}]}, ("$.a[0].equals-ignore-case", "string")),
    ({"a": [{"exists": "yes"}]}, ("$.a[0].exists", "'yes'", "true or false")),
    ({"a": [{"exists": 0}]}, ("$.a[0].exists", "true or false")),
    ({"a": [{"cidr": "10.0.0.0/40"}]}, ("$.a[0].cidr", "10.0.0.0/40", "10.0.0.0/8")),
    ({"a": [{"cidr": 10}]}, ("$.a[0].cidr", "string")),
    ({"a": [{"wildcard": r"a\b"}]}, ("$.a[0].wildcard", "backslash")),
    ({"a": [{"wildcard": "a\\"}]}, ("$.a[0].wildcard", "backslash")),
    ({"a": [{"wildcard": "a**b"}]}, ("$.a[0].wildcard", "repeat")),
    ({"a": [{"numeric": ["<", "5"]}]}, ("$.a[0].numeric", "5.0e9")),
    ({"a": [{"numeric": ["<", True]}]}, ("$.a[0].numeric", "numbers")),
    ({"a": [{"numeric": ["!=", 5]}]}, ("$.a[0].numeric", "op is")),
    ({"a": [{"numeric": [["<"], 5]}]}, ("$.a[0].numeric", "op is")),
    ({"a": [{"numeric": [">"]}]}, ("$.a[0].numeric", "op is")),
    ({"a": [{"numeric": 5}]}, ("$.a[0].numeric", "op is")),
    ({"a": [{"numeric": ["<", 5, ">", 0]}]}, ("$.a[0].numeric", "op is")),
    ({"a": [{"numeric": [">", 5, "<", 5]}]}, ("$.a[0].numeric", "below")),
    ({"a": [{"numeric": ["=", 5.1e9]}]}, ("$.a[0].numeric", "5.0e9")),
    ({"a": [{"anything-but": []}]}, ("$.a[0].anything-but", "list")),
    ({"a": [{"anything-but": None}]}, ("$.a[0].anything-but", "string, a number")),
    ({"a": [{"anything-but": [True]}]}, ("$.a[0].anything-but", "string, a number")),
    ({"a": [{"anything-but": ["a", 1]}]}, ("$.a[0].anything-but", "only one of them")),
    (
        {"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]},
        ("$.a[0].anything-but", "cidr", "wildcard"),
    ),
    ({"a": [{"anything-but": {"prefix": ""}}]}, ("$.a[0].anything-but.prefix", "non-empty")),
    ({"a": [{"anything-but": {"suffix": []}}]}, ("$.a[0].anything-but.suffix", "non-empty")),
    ({"$or": [{"a": [1]}]}, ("$.$or", "at least two")),
    ({"$or": {"a": [1]}}, ("$.$or", "at least two")),
    ({"d": {"$or": [{"a": [1]}, {"b": 2}]}}, ("$.d.$or[1].b", "2")),
    ({"$or": [{"prefix": ["x"]}, {"a": [1]}]}, ("$.$or[0].prefix", "operator's name")),
]
