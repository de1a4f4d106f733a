"""Standard Webhooks: the published vectors, and properties of signing and verifying."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.errors import BadInput, Unauthenticated
from steward.standard_webhooks import (
    TOLERANCE,
    KeyPair,
    check_key,
    new_ed25519_key,
    new_hmac_key,
    sign,
    verify,
)

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
IDS = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)
MAKERS = {"hmac": new_hmac_key, "ed25519": new_ed25519_key}
# The example that the specification's libraries share.
PUBLISHED_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED_AT = datetime.fromtimestamp(1614265330, UTC)
PUBLISHED_BODY = b'{"test": 2432232314}'
PUBLISHED_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
PUBLISHED_PAIR = KeyPair(
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
    "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
)


def test_the_published_hmac_example_is_reproduced() -> None:
    headers = sign(
        PUBLISHED_BODY,
        message_id=PUBLISHED_HEADERS["webhook-id"],
        at=PUBLISHED_AT,
        keys=[PUBLISHED_KEY],
    )
    assert headers == PUBLISHED_HEADERS


def test_the_published_key_pair_belongs_together() -> None:
    headers = sign(b"{}", message_id="m", at=NOW, keys=[PUBLISHED_PAIR.signing])
    assert headers["webhook-signature"].startswith("v1a,")
    assert verify(b"{}", headers=headers, keys=[PUBLISHED_PAIR.verifying], now=NOW) == "m"


@pytest.mark.parametrize("kind", MAKERS)
@given(
    body=st.binary(max_size=200), message_id=st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)
)
def test_what_is_signed_verifies(kind: str, body: bytes, message_id: str) -> None:
    pair = MAKERS[kind]()
    headers = sign(body, message_id=message_id, at=NOW, keys=[pair.signing])
    assert verify(body, headers=headers, keys=[pair.verifying], now=NOW) == message_id


@pytest.mark.parametrize("kind", MAKERS)
@given(body=st.binary(min_size=1, max_size=80), bit=st.integers(0, 7), data=st.data())
def test_one_flipped_bit_of_the_body_is_refused(
    kind: str, body: bytes, bit: int, data: st.DataObject
) -> None:
    pair = MAKERS[kind]()
    headers = sign(body, message_id="m", at=NOW, keys=[pair.signing])
    position = data.draw(st.integers(0, len(body) - 1))
    changed = bytearray(body)
    changed[position] ^= 1 << bit
    with pytest.raises(Unauthenticated):
        verify(bytes(changed), headers=headers, keys=[pair.verifying], now=NOW)


@given(seconds=st.integers(-1000, 1000))
def test_the_window_is_five_minutes_each_way(seconds: int) -> None:
    pair = new_hmac_key()
    headers = sign(b"", message_id="m", at=NOW, keys=[pair.signing])
    then = NOW + timedelta(seconds=seconds)
    if abs(seconds) <= TOLERANCE.total_seconds():
        assert verify(b"", headers=headers, keys=[pair.verifying], now=then) == "m"
    else:
        with pytest.raises(Unauthenticated):
            verify(b"", headers=headers, keys=[pair.verifying], now=then)


@pytest.mark.parametrize("held", [0, 1])
@pytest.mark.parametrize("kind", MAKERS)
def test_during_a_rotation_the_old_and_the_new_key_verify(kind: str, held: int) -> None:
    pairs = [MAKERS[kind](), MAKERS[kind]()]
    headers = sign(b"{}", message_id="m", at=NOW, keys=[pair.signing for pair in pairs])
    assert verify(b"{}", headers=headers, keys=[pairs[held].verifying], now=NOW) == "m"


@given(which=st.sampled_from(list(PUBLISHED_HEADERS)), value=st.text(max_size=20))
def test_any_other_header_is_refused(which: str, value: str) -> None:
    headers = {**PUBLISHED_HEADERS, which: value}
    if headers == PUBLISHED_HEADERS:
        return
    with pytest.raises(Unauthenticated):
        verify(PUBLISHED_BODY, headers=headers, keys=[PUBLISHED_KEY], now=PUBLISHED_AT)


def test_a_public_key_cannot_sign() -> None:
    with pytest.raises(BadInput, match="verifies only"):
        sign(b"", message_id="m", at=NOW, keys=[new_ed25519_key().verifying])


def test_an_hmac_over_a_public_key_does_not_verify() -> None:
    """The classic confusion: the attacker signs with the text that everyone knows."""
    pair = new_ed25519_key()
    forged = "whsec_" + pair.verifying.removeprefix("whpk_")
    headers = sign(b"", message_id="m", at=NOW, keys=[forged])
    with pytest.raises(Unauthenticated):
        verify(b"", headers=headers, keys=[pair.verifying], now=NOW)


@pytest.mark.parametrize(
    "key", ["", "secret", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", "whsk_c2hvcnQ=", "whxx_AAAA"]
)
def test_a_malformed_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_key(key)
    secret = key.partition("_")[2]
    assert not secret or secret not in str(refusal.value)


def test_an_id_with_a_dot_is_refused() -> None:
    with pytest.raises(BadInput, match="without a dot"):
        sign(b"", message_id="a.b", at=NOW, keys=[new_hmac_key().signing])
