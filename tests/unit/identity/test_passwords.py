"""Laws of passwords: long and unexpected is enough, and nothing else is asked for."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.identity.model.passwords import Fault, check_password, fault_of, normal
from steward.errors import BadInput

CONTEXT = ("ada.lovelace@example.com", "Ada Lovelace", "acme")


@pytest.mark.parametrize(
    "password",
    [
        "plume anvil quartz rowan",
        "walrus tundra copper ninety",
        "xK9#mQ2$vL7!",
        "dreizehn blaue Elefanten",
        "пример длинного пароля",
        "            ab12cd34ef56",
        "nur Kleinbuchstaben hier",
    ],
)
def test_a_long_password_that_nobody_expects_is_good(password: str) -> None:
    assert fault_of(normal(password), context=CONTEXT) is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", Fault.SHORT),
        ("xK9#mQ2$vL7", Fault.SHORT),
        ("plume anvil quartz rowan " * 6, Fault.LONG),
        ("plume anvil\x00quartz", Fault.CONTROL),
        ("password1234", Fault.COMMON),
        ("P@ssw0rd2026!", Fault.COMMON),
        ("passwordpassword", Fault.COMMON),
        ("aaaaaaaaaaaaaaa", Fault.COMMON),
        ("abababababababab", Fault.COMMON),
        ("123456789012345", Fault.COMMON),
        ("qwertyuiopasdf", Fault.COMMON),
        ("Welcome-Summer-2026", Fault.COMMON),
        ("abcdefghijklmnop", Fault.COMMON),
        ("letmeinletmein!!", Fault.COMMON),
        ("Ada.Lovelace-1815", Fault.CONTEXT),
        ("lovelace@example.com", Fault.CONTEXT),
        ("acme-ada-lovelace", Fault.CONTEXT),
    ],
)
def test_a_password_that_is_tried_first_is_refused_with_its_reason(
    password: str, fault: Fault
) -> None:
    assert fault_of(normal(password), context=CONTEXT) is fault


@given(st.text(alphabet=string.ascii_letters + string.digits + " ", max_size=200))
def test_a_refusal_never_repeats_the_password(password: str) -> None:
    try:
        fine = check_password(password, context=CONTEXT)
    except BadInput as refusal:
        assert len(password) < 12 or password not in str(refusal)  # noqa: PT017  # the law itself
    else:
        assert 12 <= len(fine) <= 128


def test_a_password_is_the_same_however_a_keyboard_composed_it() -> None:
    composed, decomposed = (
        "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
        "cafe\N{COMBINING ACUTE ACCENT}",
    )
    assert normal(composed) == normal(decomposed)
