"""Second factors: one-time codes by time (RFC 6238), passkeys (WebAuthn), and recovery codes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.errors import BadInput
from steward.store.collection import Collection

STEP_SECONDS = 30
WINDOW = 1
"""Steps before and after the current one that count: clocks differ."""
RECOVERY_CODES = 10
MAX_PASSKEYS = 10
_CODE = re.compile(r"[0-9]{6}")


class Totp(BaseModel):
    """A one-time code generator: its secret sealed, and the last step that was used."""

    model_config = ConfigDict(frozen=True)

    sealed: str
    confirmed_at: AwareDatetime | None = None
    last_step: int = 0


class Passkey(BaseModel):
    """A WebAuthn credential: its public key, and how often it has signed."""

    model_config = ConfigDict(frozen=True)

    id: str
    public_key: str
    sign_count: int
    name: str
    added_at: AwareDatetime
    used_at: AwareDatetime | None = None


class Factors(BaseModel):
    """The second factors of one user."""

    model_config = ConfigDict(frozen=True)

    user: str
    totp: Totp | None = None
    passkeys: tuple[Passkey, ...] = ()
    recovery: tuple[str, ...] = ()
    challenge: str = ""
    """What a new passkey is to sign, while one is being made."""

    @property
    def enrolled(self) -> bool:
        """Whether a second factor is asked for."""
        return bool(self.passkeys) or self.has_totp

    @property
    def has_totp(self) -> bool:
        """Whether one-time codes are set up and proved."""
        return self.totp is not None and self.totp.confirmed_at is not None

    def passkey(self, id_: str) -> Passkey | None:
        """The passkey of that id."""
        return next((passkey for passkey in self.passkeys if passkey.id == id_), None)

    def with_totp(self, totp: Totp | None) -> Factors:
        """With these one-time codes, or without any."""
        return self.model_copy(update={"totp": totp})

    def with_passkey(self, passkey: Passkey) -> Factors:
        """With the passkey, new or in the place of itself.

        Raises:
            BadInput: there are too many.
        """
        others = tuple(each for each in self.passkeys if each.id != passkey.id)
        if len(others) >= MAX_PASSKEYS:
            raise BadInput(f"passkeys: {MAX_PASSKEYS} are set up already; remove one first")
        return self.model_copy(update={"passkeys": (*others, passkey)})

    def without_passkey(self, id_: str) -> Factors:
        """Without the passkey."""
        return self.model_copy(
            update={"passkeys": tuple(each for each in self.passkeys if each.id != id_)}
        )

    def spent(self, code: str) -> Factors | None:
        """Without the recovery code; None when it is none of these."""
        hashed = recovery_hash(code)
        if hashed not in self.recovery:
            return None
        left = tuple(each for each in self.recovery if each != hashed)
        return self.model_copy(update={"recovery": left})


FACTORS = Collection(
    "factors",
    Factors,
    id=lambda factors: factors.user,
    secret=("totp.sealed", "recovery"),
)


def step_of(now: datetime) -> int:
    """The number of the 30-second step."""
    return int(now.timestamp()) // STEP_SECONDS


def matching_step(code: str, at: Callable[[int], str], *, after: int, now: datetime) -> int | None:
    """The step whose code this is, if it is near now and later than the last one used.

    ``at`` gives the code of a step.
    """
    if not _CODE.fullmatch(code):
        return None
    current = step_of(now)
    near = range(current - WINDOW, current + WINDOW + 1)
    return next(
        (step for step in near if step > after and hmac.compare_digest(at(step), code)), None
    )


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code: its 80 random bits need no slow hash."""
    plain = code.replace("-", "").replace(" ", "").upper()
    return hashlib.sha256(plain.encode()).hexdigest()
