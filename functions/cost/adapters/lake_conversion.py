"""A bill's rows as rows of FOCUS 1.4 in a Parquet file, exact to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from functions.cost.adapters.lake_intake import Opened
from functions.cost.adapters.lake_rules import broken
from functions.cost.model.focus.columns import COLUMNS, Column, Kind
from functions.cost.model.focus.rules import rules_for
from functions.cost.model.focus.subcategories import SUBCATEGORIES
from functions.cost.model.formats.format import SPREAD, Format, Names, kept_name
from steward.lake.reading import identifier, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SQL_TYPES: Final = {
    Kind.TEXT: "VARCHAR",
    Kind.JSON: "VARCHAR",
    Kind.DECIMAL: "DECIMAL(38,18)",
    Kind.TIME: "TIMESTAMP",
}
SOURCE, DELIVERY, VERSION = "x_StewardSource", "x_StewardDelivery", "x_StewardFocusVersion"
FORMAT, FLAGS, OVERSIZE = "x_StewardFormat", "x_StewardFlags", "x_StewardOversize"
OWN: Final = (SOURCE, DELIVERY, FORMAT, VERSION, FLAGS, OVERSIZE)
LAKE: Final = {
    **{one.name: SQL_TYPES[one.kind] for one in COLUMNS},
    **dict.fromkeys(OWN, "VARCHAR"),
}
"""The columns that every file of rows has, and their types."""
GROUP: Final = 40_960
"""Rows of a group: each thread holds one, and a file must have some for what it takes to level off."""
EXTRAS: Final = 400
"""Columns that FOCUS has not and that are kept, at most."""
_SPREAD: Final = "c_spread"
_BROKEN: Final = "c_broken"
_MACROS: Final = (
    # Whether DuckDB would round: it reads more digits than it keeps without a word.
    """CREATE TEMP MACRO whole(x) AS regexp_matches(x,
        '^\\s*[+-]?\\d*(\\.\\d{0,18}0*)?\\s*$') OR (regexp_matches(x, '[eE]') AND
        len(rtrim(regexp_extract(x, '\\.(\\d*)', 1), '0'))
        - TRY_CAST(regexp_extract(x, '[eE]([+-]?\\d{1,4})\\s*$', 1) AS INTEGER) <= 18)""",
    # Of so few characters no more than thirteen are a fraction: 64 bits do, in a third of the time of 128.
    """CREATE TEMP MACRO narrow(x) AS CASE WHEN strlen(x) <= 14
        THEN CAST(TRY_CAST(x AS DECIMAL(18,13)) AS DECIMAL(38,18)) END""",
    # With a long mantissa and an exponent it takes up to 1.7e20, which its own sums then refuse.
    """CREATE TEMP MACRO held(x) AS CASE
        WHEN x BETWEEN -99999999999999999999.999999999999999999 AND 99999999999999999999.999999999999999999
        THEN x END""",
    """CREATE TEMP MACRO exact(x) AS CASE
        WHEN x IS NULL THEN NULL
        WHEN strlen(x) <= 19 AND NOT contains(x, 'E') AND NOT contains(x, 'e')
        THEN coalesce(narrow(x), TRY_CAST(x AS DECIMAL(38,18)))
        WHEN whole(x) THEN held(TRY_CAST(x AS DECIMAL(38,18))) END""",
    # Google and others write an object as a list of keys and values.
    """CREATE TEMP MACRO object_of(x) AS CASE WHEN starts_with(x, '[') THEN CAST(to_json(map_from_entries(
        list_transform(list_sort(list_distinct(
        list_transform(from_json(x, '[{"key":"VARCHAR"}]'), lambda o: o.key))),
        lambda k: {'key': k, 'value': list_filter(from_json(x, '[{"key":"VARCHAR","value":"VARCHAR"}]'),
        lambda o: o.key = k)[-1].value}))) AS VARCHAR) ELSE x END""",
)


def prepare(connection: DuckDBPyConnection) -> None:
    """What conversions use."""
    for macro in _MACROS:
        connection.execute(macro)


def selection(opened: Opened, form: Format, labels: Mapping[str, str | None]) -> str:
    """The rows of FOCUS that a file's rows are; ``labels`` are the constants of Steward's own columns."""
    names = Names(opened.names)
    source = opened.source
    if form.spread is not None:
        names = Names({**opened.names, SPREAD: _SPREAD})
        source = f"(SELECT *, unnest({names.filled(form.spread)}) AS {_SPREAD} FROM {source})"
    readings = {one.name: form.reading(one.name, names) for one in COLUMNS}
    given = frozenset(name for name, said in readings.items() if said is not None)
    if form.tags:
        given |= {"Tags"}
    texts = [*_texts(readings, form, opened.names), *_extras(form, opened.names)]
    inner = f"SELECT {', '.join(texts)} FROM {source}"
    typed = [f"{_typed(one)} AS {identifier(one.name)}" for one in COLUMNS]
    middle = f"SELECT *, {', '.join(typed)} FROM ({inner})"
    version = labels.get(VERSION) or "1.4"
    flags = broken(rules_for(given, version), SUBCATEGORIES)
    judged = f"SELECT *, {flags} AS {_BROKEN} FROM ({middle})"
    kept = [identifier(one.name) for one in COLUMNS] + [
        identifier(name) for name in _extra_names(form, opened.names).values()
    ]
    own = [_label(labels, name) for name in OWN if name not in {FLAGS, OVERSIZE}]
    return (
        f"SELECT {', '.join(kept)}, {', '.join(own)}, nullif({_BROKEN}, '') AS {FLAGS}, "
        f"{_oversize(given)} AS {OVERSIZE} FROM ({judged})"
    )


def written(connection: DuckDBPyConnection, rows: str, to: Path) -> None:
    """Write rows to a file of Parquet."""
    connection.execute(
        f"COPY ({rows}) TO {quoted(str(to))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, "
        f"PARQUET_VERSION v2, ROW_GROUP_SIZE {GROUP}, USE_TMP_FILE false)"
    )


def text_of(name: str) -> str:
    """What the text of a column is called before it is typed."""
    return identifier(f"t {name}")


def _texts(readings: Mapping[str, str | None], form: Format, names: Mapping[str, str]) -> list[str]:
    tags = _tags(form, names)
    return [
        f"{tags if one.name == 'Tags' and tags else readings[one.name] or 'NULL::VARCHAR'} AS "
        f"{text_of(one.name)}"
        for one in COLUMNS
    ]


def _tags(form: Format, names: Mapping[str, str]) -> str | None:
    """Columns of tags as one object without those that a row has not."""
    found: dict[str, str] = {}
    for name, place in names.items():
        prefix = next((one for one in form.tags if name.startswith(one)), None)
        if prefix is not None:
            found[name.removeprefix(prefix)] = place
    if not found:
        return None
    keys = ", ".join(quoted(key) for key in found)
    values = ", ".join(found.values())
    pairs = f"list_filter(list_zip([{keys}], [{values}]), lambda one: one[2] IS NOT NULL)"
    return f"CAST(to_json(map_from_entries({pairs})) AS VARCHAR)"


def _extra_names(form: Format, names: Mapping[str, str]) -> dict[str, str]:
    taken = form.taken()
    found: dict[str, str] = {}
    called: set[str] = set()
    for name in names:
        if name.lower() in taken or name.startswith(form.tags or ("\0",)):
            continue
        kept = kept_name(name)
        if kept.lower() not in called and len(found) < EXTRAS:
            found[name] = kept
            called.add(kept.lower())
    return found


def _extras(form: Format, names: Mapping[str, str]) -> list[str]:
    return [
        f"{names[name]} AS {identifier(kept)}" for name, kept in _extra_names(form, names).items()
    ]


def _typed(column: Column) -> str:
    text = text_of(column.name)
    match column.kind:
        case Kind.DECIMAL:
            return f"exact({text})"
        case Kind.TIME:
            return f"TRY_CAST({text} AS TIMESTAMP)"
        case _:
            return text


def _oversize(given: frozenset[str]) -> str:
    """Texts of values that do not fit their column, as an object by column; NULL where all do."""
    checked = [
        one.name for one in COLUMNS if one.name in given and one.kind in {Kind.DECIMAL, Kind.TIME}
    ]
    odd = {name: f"{text_of(name)} IS NOT NULL AND {identifier(name)} IS NULL" for name in checked}
    values = ", ".join(
        f"CASE WHEN {condition} THEN {text_of(name)} END" for name, condition in odd.items()
    )
    keys = ", ".join(map(quoted, odd))
    pairs = f"list_filter(list_zip([{keys}], [{values}]), lambda one: one[2] IS NOT NULL)"
    any_ = " OR ".join(f"({condition})" for condition in odd.values())
    return f"CASE WHEN {any_} THEN CAST(to_json(map_from_entries({pairs})) AS VARCHAR) END"


def _label(labels: Mapping[str, str | None], name: str) -> str:
    value = labels.get(name)
    return f"{'NULL::VARCHAR' if value is None else quoted(value)} AS {identifier(name)}"
