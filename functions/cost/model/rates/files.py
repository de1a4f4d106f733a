"""Files of rates: the European Central Bank's CSV and XML, plain CSV, and JSON.

Source of the forms: ECB, "Euro foreign exchange reference rates" (eurofxref-daily.xml, eurofxref.zip).
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

from functions.cost.model.rates.basis import CODE
from steward.errors import BadInput

LARGEST: Final = 4_000_000
"""Bytes of a file of rates, unpacked."""
RATES: Final = 400_000
EURO: Final = "EUR"
_NONE: Final = frozenset({"", "N/A", "NA", "-", "null"})
_LONG: Final = ("date", "currency", "rate")
_FORMATS: Final = ("%Y-%m-%d", "%d %B %Y", "%d %b %Y")
_MOST: Final = Decimal(10) ** 18
_FINEST: Final = -18


class RateSheet(NamedTuple):
    """What one unit of ``base`` is worth, by day and currency."""

    base: str
    days: Mapping[date, Mapping[str, Decimal]]

    def between(self, since: date | None, until: date | None) -> RateSheet:
        """The days from ``since`` on and before ``until``."""
        chosen = {
            day: legs
            for day, legs in self.days.items()
            if (since is None or since <= day) and (until is None or day < until)
        }
        return RateSheet(self.base, chosen)


class _Quote(NamedTuple):
    day: str
    currency: str
    rate: str


def read_rates(content: bytes, *, base: str | None = None) -> RateSheet:
    """What a file states; ``base`` says what one unit of is meant where the file does not.

    Raises:
        BadInput: it states no rates, or one that is none.
    """
    if content.startswith(b"PK\x03\x04"):
        content = _unpacked(content)
    if len(content) > LARGEST:
        raise BadInput(f"rates: more than {LARGEST} bytes; hand in fewer years at once")
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise BadInput(f"rates: is no text in UTF-8 ({error}); save it as UTF-8") from error
    if text.startswith("<"):
        return _sheet(_xml(text), EURO if base is None else base)
    if text.startswith(("{", "[")):
        said, quotes = _json(text)
        return _sheet(quotes, _agreed(said, base))
    return _sheet(*_csv(text, base))


def _sheet(quotes: Iterable[_Quote], base: str) -> RateSheet:
    if not re.fullmatch(CODE, base):
        raise BadInput(f"base {base[:20]!r}: write the three letters of a currency, as EUR")
    days: dict[date, dict[str, Decimal]] = {}
    for count, quote in enumerate(quotes, start=1):
        if count > RATES:
            raise BadInput(f"rates: more than {RATES}; hand in fewer years at once")
        legs = days.setdefault(_day(quote.day), {})
        _add(legs, quote, base)
    found = {day: legs for day, legs in days.items() if legs}
    if not found:
        raise BadInput("rates: the file states none; it needs a date, currencies and their rates")
    return RateSheet(base, found)


def _add(legs: dict[str, Decimal], quote: _Quote, base: str) -> None:
    currency, rate = quote.currency.strip(), _rate(quote)
    if not re.fullmatch(CODE, currency):
        raise BadInput(
            f"currency {currency[:20]!r} on {quote.day}: write its three capital letters"
        )
    if currency == base:
        if rate not in (None, Decimal(1)):
            raise BadInput(f"{quote.day}: one {base} is {rate} {base}; it is its own base, so 1")
    elif rate is not None and legs.setdefault(currency, rate) != rate:
        raise BadInput(f"{quote.day}: {currency} is both {legs[currency]} and {rate}; keep one")


def _rate(quote: _Quote) -> Decimal | None:
    text = quote.rate.strip()
    if text in _NONE:
        return None
    try:
        rate = Decimal(text)
    except InvalidOperation as error:
        raise BadInput(_wrong(quote, "is no number with a decimal point")) from error
    if not rate.is_finite() or not 0 < rate < _MOST:
        raise BadInput(_wrong(quote, f"must be above 0 and below {_MOST:f}"))
    exponent = rate.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < _FINEST:
        raise BadInput(_wrong(quote, "has more than 18 digits behind the point"))
    return rate


def _wrong(quote: _Quote, why: str) -> str:
    return f"{quote.day[:20]}, {quote.currency[:20]}: rate {quote.rate[:40]!r} {why}"


def _day(text: str) -> date:
    plain = text.strip()
    for form in _FORMATS:
        try:
            # A day has no zone: it is the calendar day that the rate is of.
            return datetime.strptime(plain, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise BadInput(f"date {plain[:40]!r}: write it as 2026-01-31")


def _xml(text: str) -> Iterator[_Quote]:
    # Entities are how a small document becomes a huge one; a list of rates needs none.
    if "<!" in text.replace("<!--", ""):
        raise BadInput("rates: the XML declares a document type or entities; send it without")
    try:
        root = ET.fromstring(text)  # noqa: S314  # no entities, see above
    except ET.ParseError as error:
        raise BadInput(f"rates: is no XML ({error})") from error
    for dated in root.iter():
        if "time" in dated.attrib:
            for one in dated:
                yield _Quote(
                    dated.attrib["time"], *(one.get(key, "") for key in ("currency", "rate"))
                )


def _json(text: str) -> tuple[str | None, list[_Quote]]:
    try:
        found = json.loads(text, parse_float=str, parse_int=str)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"rates: is no JSON ({error})") from error
    days = found.get("rates") if isinstance(found, dict) else None
    if not isinstance(days, dict):
        raise BadInput('rates: write {"base": "EUR", "rates": {"2026-01-31": {"USD": "1.08"}}}')
    said = found.get("base")
    if said is not None and not isinstance(said, str):
        raise BadInput(f"base {str(said)[:20]!r}: write the three letters of a currency, as EUR")
    if isinstance(found.get("date"), str) and not any(
        isinstance(one, dict) for one in days.values()
    ):
        days = {found["date"]: days}
    return said, list(_days_of(days))


def _days_of(days: Mapping[str, Any]) -> Iterator[_Quote]:
    for day, legs in days.items():
        if not isinstance(legs, dict):
            raise BadInput(f'rates of {day[:20]!r}: write {{"USD": "1.08"}}')
        for currency, rate in legs.items():
            yield _Quote(day, currency, "" if rate is None else str(rate))


def _csv(text: str, base: str | None) -> tuple[Iterator[_Quote], str]:
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    try:
        header = [one.strip() for one in next(rows, [])]
        table = [row for row in rows if any(one.strip() for one in row)]
    except csv.Error as error:
        raise BadInput(f"rates: is no CSV ({error})") from error
    names = [one.lower() for one in header]
    if set(_LONG) <= set(names):
        return _long(names, table, base)
    if not names or names[0] != "date":
        raise BadInput(
            "rates: the first line names no columns; write date,currency,rate (and base) or, as the ECB "
            "does, Date and the currencies"
        )
    return _wide(header, table), EURO if base is None else base


def _long(
    names: list[str], table: list[list[str]], base: str | None
) -> tuple[Iterator[_Quote], str]:
    _check_widths(table, len(names))
    rows = [dict(zip(names, row, strict=True)) for row in table]
    bases = {row["base"].strip() for row in rows} if "base" in names else set()
    if len(bases) > 1:
        raise BadInput(f"base: is {', '.join(sorted(bases)[:5])}; hand in one file a base")
    said = next(iter(bases), None)
    return (_Quote(*(row[name] for name in _LONG)) for row in rows), _agreed(said, base)


def _wide(header: list[str], table: list[list[str]]) -> Iterator[_Quote]:
    # The ECB ends each line with a comma.
    columns = header[:-1] if header[-1] == "" else header
    trimmed = [
        row[:-1] if len(row) == len(columns) + 1 and not row[-1].strip() else row for row in table
    ]
    _check_widths(trimmed, len(columns))
    for row in trimmed:
        for currency, rate in zip(columns[1:], row[1:], strict=True):
            yield _Quote(row[0], currency, rate)


def _check_widths(table: list[list[str]], width: int) -> None:
    for number, row in enumerate(table, start=2):
        if len(row) != width:
            raise BadInput(f"rates, line {number}: {len(row)} values for {width} columns")


def _agreed(said: str | None, base: str | None) -> str:
    if said is None and base is None:
        raise BadInput(
            "base: neither the file nor you say of what one unit is meant; give --base EUR"
        )
    if None not in (said, base) and said != base:
        raise BadInput(f"base {base!r}: the file says {said!r}; leave it out")
    return said or base or ""


def _unpacked(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise BadInput(f"rates: the archive has {len(names)} files; pack exactly one")
            with archive.open(names[0]) as file:
                return file.read(LARGEST + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise BadInput(f"rates: the archive cannot be read ({error})") from error
