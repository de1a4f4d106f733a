"""The key that signs: made at first need, renewed when it is old, gone when it was rotated out."""

from __future__ import annotations

from typing import NamedTuple

from functions.identity.model.sign_in_settings import SignInSettings
from functions.identity.model.signer import CURRENT, OVERLAP, Signer, secret_name, shown
from functions.identity.ports import SignInDeps, Smith
from steward.secrets import Secrets


class Workshop(NamedTuple):
    """What makes and keeps signing keys."""

    smith: Smith
    vault: Secrets
    settings: SignInSettings
    issuer: str


def current(workshop: Workshop, *, deps: SignInDeps) -> Signer:
    """The signer that fits the installation as it is now; the old key verifies for a while."""
    signer = deps.books.signers.get(CURRENT)
    settings = workshop.settings
    if signer is not None and signer.fits(
        workshop.issuer, settings.algorithm, now=deps.now, rotate=settings.rotate
    ):
        return signer
    return rotate(workshop, deps=deps)


def rotate(workshop: Workshop, *, deps: SignInDeps) -> Signer:
    """A new key signs from now on; tokens signed by the old one hold until they end."""
    before = deps.books.signers.get(CURRENT)
    pair = workshop.smith.forge(workshop.settings.algorithm)
    # First the private half: a signer without it could sign nothing.
    workshop.vault.put(secret_name(pair.kid), pair.pem)
    deps.register.public_keys.add(shown(pair, workshop.issuer, now=deps.now))
    signer = Signer(
        kid=pair.kid,
        issuer=workshop.issuer,
        algorithm=workshop.settings.algorithm,
        since=deps.now,
    )
    deps.books.signers.put(signer)
    if before is not None:
        _retire(before, workshop.vault, deps)
    return signer


def renew(workshop: Workshop, *, deps: SignInDeps) -> Signer:
    """Rotate before it is due, for the issuer that signs now.

    Raises:
        NotFound: nothing was signed yet.
    """
    before = deps.books.signers.require(CURRENT)
    return rotate(workshop._replace(issuer=before.issuer), deps=deps)


def keep_young(workshop: Workshop, *, deps: SignInDeps) -> bool:
    """Rotate a key that is old; whether it was. Where nothing signs, nothing is made."""
    before = deps.books.signers.get(CURRENT)
    if before is None or deps.now - before.since < workshop.settings.rotate:
        return False
    renew(workshop, deps=deps)
    return True


def sweep(*, deps: SignInDeps) -> int:
    """Forget the public keys that were rotated out; how many."""
    page = deps.register.public_keys.list(limit=80)
    over = [key for key in page.items if key.retires_at is not None and key.retires_at <= deps.now]
    for key in over:
        deps.register.public_keys.delete(key.kid)
    return len(over)


def _retire(signer: Signer, vault: Secrets, deps: SignInDeps) -> None:
    key = deps.register.public_keys.get(signer.kid)
    if key is not None:
        retired = key.model_copy(update={"retires_at": deps.now + OVERLAP})
        deps.register.public_keys.put(retired)
    vault.delete(secret_name(signer.kid))
