"""Managing endpoints: their secrets go to the vault, and come back once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from functions.notify.model.delivery import Delivery, delivery_id
from functions.notify.model.endpoint import (
    MAX_ENDPOINTS,
    OVERLAP,
    Destination,
    Endpoint,
    EndpointStatus,
    MailAddress,
    Mailbox,
    SigningKey,
    SlackBot,
    SlackWebhook,
    Webhook,
)
from functions.notify.model.notice import Notice, Severity
from functions.notify.ports import Books, CheckUrl, Forge, Forged, Post, Vault
from functions.notify.service.dispatch import dispatch
from steward.errors import BadInput

_Text = Annotated[str, Field(min_length=1, max_length=120)]


class SlackWebhookDraft(BaseModel):
    """An incoming webhook by its URL."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["slack-webhook"]
    url: SecretStr


class SlackBotDraft(BaseModel):
    """A bot by its token, and the channel's id or name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["slack-bot"]
    token: SecretStr
    channel: _Text


class WebhookDraft(BaseModel):
    """A receiver of Standard Webhooks; Steward makes the key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["webhook"]
    url: Annotated[str, Field(max_length=2048)]
    algorithm: Literal["hmac", "ed25519"] = "hmac"


class MailboxDraft(BaseModel):
    """Addresses for e-mail, and a sender that SES has verified."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["email"]
    sender: MailAddress
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1, max_length=20)]


Draft: TypeAlias = Annotated[
    SlackWebhookDraft | SlackBotDraft | WebhookDraft | MailboxDraft, Field(discriminator="kind")
]


class EndpointDraft(BaseModel):
    """What it takes to make an endpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Text
    destination: Draft


class Issued(BaseModel):
    """An endpoint and the secret of its newest key, which is never shown again."""

    model_config = ConfigDict(frozen=True)

    endpoint: Endpoint
    secret: Annotated[str | None, Field(json_schema_extra={"x-shown-once": True})] = None


class Workshop(NamedTuple):
    """What makes and keeps secrets, and checks addresses."""

    tenant: str
    vault: Vault
    forge: Forge
    check_url: CheckUrl


def create(
    draft: EndpointDraft, *, id_: str, books: Books, workshop: Workshop, now: datetime
) -> Issued:
    """A new endpoint.

    Raises:
        BadInput: too many endpoints, or a URL that Steward does not send to.
    """
    if len(books.endpoints.list(limit=MAX_ENDPOINTS).items) >= MAX_ENDPOINTS:
        raise BadInput(f"endpoints: {MAX_ENDPOINTS} exist already; delete one first")
    destination, secret = _destination(draft.destination, id_, workshop=workshop, now=now)
    endpoint = Endpoint(
        id=id_, name=draft.name, destination=destination, created_at=now, updated_at=now
    )
    books.endpoints.add(endpoint)
    return Issued(endpoint=endpoint, secret=secret)


def rotate(
    endpoint: Endpoint,
    *,
    books: Books,
    workshop: Workshop,
    now: datetime,
    overlap: timedelta = OVERLAP,
) -> Issued:
    """The endpoint with a fresh key; messages carry the old key's signature too until the overlap ends.

    Raises:
        BadInput: the endpoint has no signing key.
    """
    webhook = endpoint.destination
    if not isinstance(webhook, Webhook):
        raise BadInput(
            f"endpoint {endpoint.id}: kind {webhook.kind!r} has no signing key; "
            "make a new endpoint with the new credential"
        )
    key, secret = _key(webhook.algorithm, endpoint.id, workshop=workshop, now=now)
    rotated = webhook.rotated(key, overlap=overlap)
    for retired in set(endpoint.secrets) - {each.secret for each in rotated.keys}:
        workshop.vault.delete(retired)
    after = endpoint.model_copy(update={"destination": rotated, "updated_at": now})
    books.endpoints.put(after)
    return Issued(endpoint=after, secret=secret)


def enable(endpoint: Endpoint, *, books: Books, now: datetime) -> Endpoint:
    """The endpoint, which gets messages again; what was given up meanwhile waits for its replay."""
    after = endpoint.model_copy(
        update={"status": EndpointStatus.ACTIVE, "disabled_reason": "", "updated_at": now}
    )
    books.endpoints.put(after)
    return after


def delete(endpoint: Endpoint, *, books: Books, vault: Vault) -> None:
    """Remove the endpoint and its secrets.

    Raises:
        BadInput: a route still leads to it.
    """
    for route in books.all_routes():
        if route.endpoint_id == endpoint.id:
            raise BadInput(
                f"endpoint {endpoint.id}: route {route.id} ({route.name}) leads to it; "
                "delete the route first"
            )
    books.endpoints.delete(endpoint.id)
    for secret in endpoint.secrets:
        vault.delete(secret)


def send_test(endpoint: Endpoint, *, id_: str, books: Books, post: Post, now: datetime) -> Delivery:
    """A delivery of a test message, by the way that all messages go."""
    notice = Notice(
        event_id=id_,
        event_type="notify.endpoint.test.v1",
        finding_id=f"test-{id_}",
        version=1,
        severity=Severity.INFO,
        status="test",
        title=f"Endpoint {endpoint.name}",
        message="Steward can reach this endpoint.",
        remediation="",
        rule_id="test",
        resource_id=endpoint.id,
        resource_type="endpoint",
        resource_name=endpoint.name,
        account="",
        region="",
        tags={},
        reason="",
        opened_at=now,
        updated_at=now,
    )
    delivery = Delivery(
        id=delivery_id(id_, endpoint.id),
        endpoint_id=endpoint.id,
        route_id="",
        notice=notice,
        next_at=now,
        created_at=now,
        updated_at=now,
    )
    books.deliveries.add(delivery)
    dispatch(delivery, post=post, now=now)
    return delivery


def _destination(
    draft: Draft, id_: str, *, workshop: Workshop, now: datetime
) -> tuple[Destination, str | None]:
    match draft:
        case WebhookDraft():
            workshop.check_url(draft.url)
            key, secret = _key(draft.algorithm, id_, workshop=workshop, now=now)
            return Webhook(url=draft.url, algorithm=draft.algorithm, keys=(key,)), secret
        case SlackWebhookDraft():
            workshop.check_url(draft.url.get_secret_value())
            return SlackWebhook(secret=_keep(draft.url, id_, workshop)), None
        case SlackBotDraft():
            name = _keep(draft.token, id_, workshop)
            return SlackBot(secret=name, channel=draft.channel), None
        case MailboxDraft():
            return Mailbox(sender=draft.sender, to=draft.to), None


def _keep(secret: SecretStr, id_: str, workshop: Workshop) -> str:
    name = _name(workshop, id_, workshop.forge("hmac"))
    workshop.vault.put(name, secret.get_secret_value())
    return name


def _key(
    algorithm: Literal["hmac", "ed25519"], id_: str, *, workshop: Workshop, now: datetime
) -> tuple[SigningKey, str | None]:
    forged = workshop.forge(algorithm)
    name = _name(workshop, id_, forged)
    workshop.vault.put(name, forged.pair.signing)
    if algorithm == "hmac":
        return SigningKey(secret=name, created_at=now), forged.pair.verifying
    return SigningKey(secret=name, created_at=now, verifying=forged.pair.verifying), None


def _name(workshop: Workshop, id_: str, forged: Forged) -> str:
    return f"endpoints/{workshop.tenant}/{id_}/{forged.name}"
