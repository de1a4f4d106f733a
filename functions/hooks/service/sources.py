"""Managing sources: their secrets go to the vault; one that Steward made comes back once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from functions.hooks.model.signature import check_secret
from functions.hooks.model.source import MAX_SOURCES, HookSource, Scheme, SourceKey, source_id
from functions.hooks.ports import Mint, Vault
from steward.errors import BadInput
from steward.store.work import Entities


class SourceDraft(BaseModel):
    """What it takes to make a source; without a secret Steward makes one, except for Slack."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120)]
    scheme: Scheme
    secret: SecretStr | None = None


class FreshSecret(BaseModel):
    """The secret to change to; without one Steward makes it, except for Slack."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: SecretStr | None = None


class Opened(BaseModel):
    """A source, the path to give to the sender, and the secret if Steward made it."""

    model_config = ConfigDict(frozen=True)

    source: HookSource
    path: str
    secret: Annotated[str | None, Field(json_schema_extra={"x-shown-once": True})] = None


class Workshop(NamedTuple):
    """What makes and keeps secrets."""

    tenant: str
    vault: Vault
    mint: Mint


def create(
    draft: SourceDraft, *, sources: Entities[HookSource], workshop: Workshop, now: datetime
) -> Opened:
    """A new source.

    Raises:
        BadInput: too many sources, or a secret that the scheme cannot use.
    """
    if len(sources.list(limit=MAX_SOURCES).items) >= MAX_SOURCES:
        raise BadInput(f"sources: {MAX_SOURCES} exist already; delete one first")
    key, made = _key(draft.scheme, draft.secret, workshop=workshop, now=now)
    source = HookSource(
        id=source_id(workshop.tenant, workshop.mint.token()),
        name=draft.name,
        scheme=draft.scheme,
        keys=(key,),
        created_at=now,
        updated_at=now,
    )
    sources.add(source)
    return Opened(source=source, path=source.path, secret=made)


def rotate(
    source: HookSource,
    fresh: FreshSecret,
    *,
    sources: Entities[HookSource],
    workshop: Workshop,
    now: datetime,
) -> Opened:
    """The source with another secret; the old one holds for another day.

    Raises:
        BadInput: a secret that the scheme cannot use.
    """
    key, made = _key(source.scheme, fresh.secret, workshop=workshop, now=now)
    after = source.rotated(key)
    for retired in {each.secret for each in source.keys} - {each.secret for each in after.keys}:
        workshop.vault.delete(retired)
    sources.put(after)
    return Opened(source=after, path=after.path, secret=made)


def delete(source: HookSource, *, sources: Entities[HookSource], vault: Vault) -> None:
    """Close the door, and forget its secrets."""
    sources.delete(source.id)
    for key in source.keys:
        vault.delete(key.secret)


def _key(
    scheme: Scheme, given: SecretStr | None, *, workshop: Workshop, now: datetime
) -> tuple[SourceKey, str | None]:
    made = None if given is not None else _made(scheme, workshop.mint)
    secret = given.get_secret_value() if given is not None else str(made)
    check_secret(scheme, secret)
    name = f"sources/{workshop.tenant}/{workshop.mint.token()}"
    workshop.vault.put(name, secret)
    return SourceKey(secret=name, created_at=now), made


def _made(scheme: Scheme, mint: Mint) -> str:
    if scheme is Scheme.SLACK:
        raise BadInput("secret: missing; copy the signing secret from the Slack app's settings")
    return mint.webhook_key() if scheme is Scheme.WEBHOOK else mint.token()
