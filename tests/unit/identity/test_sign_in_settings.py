"""Laws of the settings of signing in: what is said is read, and what is not said is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.identity.model.sign_in_settings import settings_of
from steward.errors import BadInput


def test_each_setting_is_read() -> None:
    text = "accounts=off access=15m refresh=7d session=8h idle=20m keys=RS256 rotate=10d"
    found = settings_of(text, local_accounts=True)
    assert not found.local_accounts
    assert (found.access, found.refresh) == (timedelta(minutes=15), timedelta(days=7))
    assert (found.session, found.idle) == (timedelta(hours=8), timedelta(minutes=20))
    assert (found.algorithm, found.rotate) == ("RS256", timedelta(days=10))


@pytest.mark.parametrize("local", [True, False])
def test_without_a_word_the_defaults_hold(local: bool) -> None:  # noqa: FBT001
    found = settings_of("", local_accounts=local)
    assert found.local_accounts is local
    assert (found.access, found.refresh) == (timedelta(minutes=60), timedelta(days=30))


@pytest.mark.parametrize(
    "text",
    [
        "access=0m",
        "access=25h",
        "access=1",
        "access=",
        "keys=HS256",
        "keys=none",
        "accounts=yes",
        "colour=red",
        "refresh=-1d",
        "refresh=366d",
        "idle=1s",
        "rotate=1m",
    ],
)
def test_a_setting_that_breaks_a_rule_is_named(text: str) -> None:
    with pytest.raises(BadInput, match=text.partition("=")[0]):
        settings_of(text, local_accounts=False)
