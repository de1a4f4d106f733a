"""The device flow: begun by a device, decided by a person in a browser, asked after until it is."""

from __future__ import annotations

from typing import NamedTuple

from functions.identity.model.devices import (
    INTERVAL,
    LIFE,
    Device,
    UserCode,
    plain_code,
    shown_code,
    verdict,
)
from functions.identity.model.oauth import Client, OAuthError, SignedIn, granted_scope
from functions.identity.ports import Mint, SignInDeps
from functions.identity.service.entrance import Visitor
from steward.errors import NotFound
from steward.identity.directory import hash_key


class Begun(NamedTuple):
    """What the device shows, and what it asks with."""

    device_code: str
    user_code: str

    def told(self, issuer: str) -> dict[str, object]:
        """The answer to the device: RFC 8628 3.2."""
        place = f"{issuer}/sign-in/device"
        return {
            "device_code": self.device_code,
            "user_code": self.user_code,
            "verification_uri": place,
            "verification_uri_complete": f"{place}?user_code={self.user_code}",
            "expires_in": int(LIFE.total_seconds()),
            "interval": int(INTERVAL.total_seconds()),
        }


class Approved(NamedTuple):
    """Who approved a device, and in which tenant."""

    tenant: str
    who: SignedIn


def begin(client: Client, scope: str, asked_from: str, *, deps: SignInDeps, mint: Mint) -> Begun:
    """A code for the device, and one for the person.

    Raises:
        OAuthError: the scope is not the client's to ask for.
    """
    begun = Begun(mint.secret(), mint.user_code())
    device = Device(
        id=hash_key(begun.device_code),
        client=client.id,
        scope=granted_scope(client, scope),
        user_code=begun.user_code,
        asked_from=asked_from,
        expires_at=deps.now + LIFE,
    )
    deps.books.devices.add(device)
    deps.books.user_codes.add(
        UserCode(id=begun.user_code, device=device.id, expires_at=device.expires_at)
    )
    return begun._replace(user_code=shown_code(begun.user_code))


def waiting(typed: str, *, deps: SignInDeps) -> Device:
    """The device whose code somebody typed, if it still waits.

    Raises:
        NotFound: none does.
    """
    plain = plain_code(typed)
    known = deps.books.user_codes.get(plain) if plain else None
    device = deps.books.devices.get(known.device) if known else None
    if device is None or device.expires_at <= deps.now or device.decided_at is not None:
        raise NotFound("code: unknown or expired; look again at what your device shows")
    return device


def decide(typed: str, visitor: Visitor | None, *, deps: SignInDeps) -> None:
    """Approve the device as who is signed in; refuse it for nobody.

    Raises:
        NotFound: no device waits with that code.
    """
    device = waiting(typed, deps=deps)
    said: dict[str, object] = {"decided_at": deps.now}
    if visitor is not None:
        session = visitor.session
        said |= {"tenant": visitor.tenant, "principal": session.principal, "mfa": session.mfa}
    deps.books.devices.put(device.model_copy(update=said))
    deps.books.user_codes.delete(device.user_code)


def ask(code: str, client: str, *, deps: SignInDeps) -> Approved | OAuthError:
    """Who approved the device, told once; else why not yet, given back so that the question counts."""
    known = deps.books.devices.get(hash_key(code))
    error = verdict(known, client=client, now=deps.now)
    if known is None:
        return error or OAuthError("expired_token", "device_code: unknown")
    if error is not None:
        deps.books.devices.put(known.polled(deps.now))
        return error
    deps.books.devices.delete(known.id)
    who = SignedIn(
        principal=known.principal,
        client=client,
        scope=known.scope,
        mfa=known.mfa,
        auth_time=known.decided_at or deps.now,
    )
    return Approved(known.tenant, who)
