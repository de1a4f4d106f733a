"""Files of rates in every form that is known, and one clear reason for each that states none."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from functions.cost.model.rates.files import read_rates
from steward.errors import BadInput

DAY = date(2026, 2, 27)
DAILY_CSV = b"Date, USD, JPY, RUB, \n27 February 2026, 1.0823, 161.35, N/A, \n"
HISTORY_CSV = b"Date,USD,JPY,RUB,\n2026-02-27,1.0823,161.35,N/A,\n2026-02-26,1.08,160,N/A,\n"
DAILY_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
    xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube><Cube time='2026-02-27'>
    <Cube currency='USD' rate='1.0823'/><Cube currency='JPY' rate='161.35'/>
  </Cube></Cube>
</gesmes:Envelope>"""
LONG_CSV = (
    "\ufeffdate,currency,rate,base\n2026-02-27,USD,1.0823,EUR\n2026-02-27,JPY,161.35,EUR\n".encode()
)
RANGE_JSON = b'{"base": "EUR", "rates": {"2026-02-27": {"USD": 1.0823, "JPY": "161.35"}}}'
DAY_JSON = b'{"base": "EUR", "date": "2026-02-27", "rates": {"USD": 1.0823, "JPY": 161.35}}'


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [DAILY_CSV, HISTORY_CSV, DAILY_XML, LONG_CSV, RANGE_JSON, DAY_JSON, zipped(rates=DAILY_CSV)],
    ids=["daily csv", "history csv", "xml", "long csv", "json", "json of a day", "zip"],
)
def test_each_form_states_the_same_rates_to_the_last_digit(content: bytes) -> None:
    sheet = read_rates(content)
    assert sheet.base == "EUR"
    assert sheet.days[DAY] == {"USD": Decimal("1.0823"), "JPY": Decimal("161.35")}


def test_a_file_that_does_not_say_its_base_is_told_it() -> None:
    plain = b"date,currency,rate\n2026-02-27,EUR,0.92\n"
    assert read_rates(plain, base="USD").days[DAY] == {"EUR": Decimal("0.92")}
    with pytest.raises(BadInput, match="give --base EUR"):
        read_rates(plain)
    with pytest.raises(BadInput, match="the file says 'EUR'"):
        read_rates(LONG_CSV, base="USD")


def test_the_base_itself_is_one_and_no_rate() -> None:
    assert read_rates(b"date,currency,rate\n2026-02-27,EUR,1\n2026-02-27,USD,2\n", base="EUR").days[
        DAY
    ] == {"USD": Decimal(2)}
    with pytest.raises(BadInput, match="its own base"):
        read_rates(b"date,currency,rate\n2026-02-27,EUR,1.1\n", base="EUR")


def test_days_are_cut_from_a_file_on_request() -> None:
    assert list(read_rates(HISTORY_CSV).between(DAY, None).days) == [DAY]
    assert DAY not in read_rates(HISTORY_CSV).between(None, DAY).days


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the first line names no columns"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"when,what\n1,2\n", "the first line names no columns"),
        (b"Date,USD\n2026-02-27,1,2\n", "line 2: 3 values for 2 columns"),
        (b"Date,USD\n27.02.2026,1\n", "date '27.02.2026'"),
        (b'Date,USD\n2026-02-27,"1,08"\n', "rate '1,08' is no number with a decimal point"),
        (b"Date,USD\n2026-02-27,0\n", "must be above 0"),
        (b"Date,USD\n2026-02-27,-1\n", "must be above 0"),
        (b"Date,USD\n2026-02-27,NaN\n", "must be above 0"),
        (b"Date,USD\n2026-02-27,0.0000000000000000001\n", "more than 18 digits"),
        (b"Date,USD\n2026-02-27,N/A\n", "states none"),
        (b"Date,Dollar\n2026-02-27,1\n", "currency 'Dollar'"),
        (b"date,currency,rate\n2026-02-27,USD,1\n2026-02-27,USD,2\n", "USD is both 1 and 2"),
        (b"date,currency,rate,base\n2026-02-27,USD,1,EUR\n2026-02-27,USD,2,GBP\n", "one file a base"),
        (b"<a", "is no XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "document type or entities"),
        (b"<a/>", "states none"),
        (b"{", "is no JSON"),
        (b"[]", "write {"),
        (b'{"base": 1, "rates": {}}', "base '1'"),
        (b'{"base": "EUR", "rates": {"2026-02-27": 1}}', "rates of '2026-02-27'"),
        (b"PK\x03\x04 and then nothing", "the archive cannot be read"),
        (zipped(a=b"1", b=b"2"), "the archive has 2 files"),
        (zipped(a=b"0" * 5_000_000), "more than 4000000 bytes"),
    ],
)  # fmt: skip
def test_a_file_that_states_no_rates_gets_one_reason(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said.replace("(", r"\(").replace("{", r"\{")):
        read_rates(
            content, base="EUR" if content.startswith(b"date") and b"base" not in content else None
        )
