"""A name that a person chose is one that no other can be taken for."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.names import FORBIDDEN, BadName, chosen_name, script_of
from steward.store.limits import BadKey, check_id, check_name

GOOD = (
    "Acme",
    "Müller & Söhne (Berlin)",
    "O\u2019Brien",
    "Ελλάδα 2",
    "Москва-1",
    "東京の会社",
    "トヨタ Motor",
    "삼성 Galaxy",
    "हिन्दी",
    "شركة ١٢٣",
    "עברית",
    "ไทย",
    "Team: red_1, 50 %",
    "Straße",
)
CYRILLIC = "\u0430\u0435\u043e\u0440\u0441\u0445"
BAD = {
    "": "is empty",
    "   ": "is empty",
    "x" * 129: "more than 128",
    "x" * 3_000_000: "more than 128",
    "acme#2": "holds '#'",
    "acme*": "holds '*'",
    "acm?": "holds '?'",
    "a/b": "holds '/'",
    "<b>": "holds '<'",
    "a\r\nb": "U+000D",
    "a\x00b": "U+0000",
    "a\tb": "U+0009",
    "a\u200bb": "U+200B",
    "a\u202eb": "U+202E",
    "a\u00a0b": "U+00A0",
    "a\u2028b": "U+2028",
    "a\ud800b": "U+D800",
    "\u0430cme": "Cyrillic and Latin",
    "Acm\u03b5": "Greek and Latin",
    "\uff41cme": "special shape",
    "\U0001d400cme": "special shape",
    "\ufb01ne": "special shape",
    "a\u2044b": "the sign U+2044",
    "a\u2217": "the sign U+2217",
    "a\u20dd": "U+20DD",
    "q\u0307\u0323": "U+0323",
    "\U0001f4a9": "the sign U+1F4A9",
}


@pytest.mark.parametrize("name", GOOD)
def test_names_of_people_and_places_are_taken_as_they_are(name: str) -> None:
    assert chosen_name(name, what="project") == name
    assert chosen_name(f"  {name} ", what="project") == name


@pytest.mark.parametrize(
    ("name", "why"), BAD.items(), ids=[ascii(n[:12] + str(len(n))) for n in BAD]
)
def test_a_name_that_misleads_is_refused_with_the_reason(name: str, why: str) -> None:
    with pytest.raises(BadName) as refusal:
        chosen_name(name, what="project")
    message = str(refusal.value)
    assert why in message
    assert message.startswith("project '")
    assert message.isascii()
    assert message.isprintable()
    assert len(message) < 400


@given(st.text(max_size=40))
def test_a_name_is_kept_in_one_form_or_refused(text: str) -> None:
    try:
        name = chosen_name(text, what="name")
    except BadName:
        return
    assert chosen_name(name, what="name") == name
    assert unicodedata.is_normalized("NFC", name)
    assert not FORBIDDEN & set(name)
    assert name.isprintable()


@given(
    st.text(alphabet="aeopcx", min_size=1, max_size=9),
    st.text(CYRILLIC, min_size=1, max_size=9),
)
def test_latin_and_its_cyrillic_doubles_never_share_a_name(latin: str, cyrillic: str) -> None:
    with pytest.raises(BadName, match="Cyrillic and Latin"):
        chosen_name(latin + cyrillic, what="name")
    assert {script_of(c) for c in latin + cyrillic} == {"LATIN", "CYRILLIC"}


@pytest.mark.parametrize(
    "tenant",
    [
        "",
        "a#b",
        "a*",
        "a?",
        "A",
        "a b",
        "a\n",
        "\na",
        "-a",
        "_a",
        "a/b",
        "\u0430cme",
        "a" * 65,
        "a\x00",
    ],
)
def test_a_tenants_id_is_plain(tenant: str) -> None:
    with pytest.raises(BadKey, match="lower-case letters"):
        check_name(tenant, what="tenant")


@pytest.mark.parametrize("id_", ["", "a\r\nb", "a\x00", "a\u202eb", "a\u200b", "x" * 513, "\ud800"])
def test_an_id_holds_nothing_hidden_and_is_not_too_long(id_: str) -> None:
    with pytest.raises(BadKey, match="id"):
        check_id(id_, what="part id")


@pytest.mark.parametrize(
    "id_", ["arn:aws:s3:::b/a#b*?", "/subscriptions/x (1)/y", "a b", "ünïcode", "x" * 512]
)
def test_an_id_of_a_cloud_is_taken_whatever_it_separates_by(id_: str) -> None:
    check_id(id_, what="resource id")
