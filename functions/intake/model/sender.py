"""Who may deliver: a workload of another cloud, known by its issuer and subject, for one audience."""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.errors import BadInput
from steward.identity.directory import Issuer, issuer_id, link_id
from steward.store.collection import Collection, Index

Provider = Literal["azure", "gcp"]
MAX_SENDERS = 200
_Word = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[!-~]+$")]


class Authority(NamedTuple):
    """The issuers of one cloud: what they are called, and where their keys are."""

    provider: Provider
    issuer: re.Pattern[str]
    keys: str


_DIRECTORY = r"(?P<directory>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_ENTRA = "https://login.microsoftonline.com/{directory}/discovery"
# Sources: Microsoft identity platform, "Access tokens", and Google Cloud, "OpenID Connect discovery".
AUTHORITIES = (
    Authority(
        "gcp",
        re.compile(r"https://accounts\.google\.com"),
        "https://www.googleapis.com/oauth2/v3/certs",
    ),
    Authority(
        "azure",
        re.compile(rf"https://login\.microsoftonline\.com/{_DIRECTORY}/v2\.0"),
        f"{_ENTRA}/v2.0/keys",
    ),
    Authority("azure", re.compile(rf"https://sts\.windows\.net/{_DIRECTORY}/"), f"{_ENTRA}/keys"),
)
_TAKEN = "https://accounts.google.com or https://login.microsoftonline.com/<directory id>/v2.0"


class SenderDraft(BaseModel):
    """What it takes to let a workload deliver; ``audience`` is whom its tokens must be for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    issuer: _Word
    subject: _Word
    audience: _Word


class Sender(BaseModel):
    """A workload that may deliver for this tenant."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    provider: Provider
    issuer: str
    subject: str
    audience: str
    jwks_uri: str
    added_at: AwareDatetime
    added_by: str

    def authority(self, tenant: str) -> Issuer:
        """What its tokens are verified by."""
        return Issuer(
            id=issuer_id(self.issuer, self.audience),
            issuer=self.issuer,
            audience=self.audience,
            tenant=tenant,
            jwks_uri=self.jwks_uri,
            algorithms=("RS256",),
            token_types=("jwt", "at+jwt", ""),
        )


SENDERS = Collection(
    "senders",
    Sender,
    id=lambda sender: sender.id,
    indexes=(Index("by_name", lambda _: "all", lambda sender: sender.name.casefold()),),
)


def sender_id(issuer: str, subject: str) -> str:
    """The id of an issuer's subject: all that a token must say to be looked up."""
    return link_id(issuer, subject)


def made(draft: SenderDraft, *, now: AwareDatetime, by: str) -> Sender:
    """The sender that a draft describes.

    Raises:
        BadInput: the issuer is none of the two clouds'.
    """
    for authority in AUTHORITIES:
        found = authority.issuer.fullmatch(draft.issuer)
        if found is not None:
            return Sender(
                id=sender_id(draft.issuer, draft.subject),
                provider=authority.provider,
                jwks_uri=authority.keys.format(**found.groupdict()),
                added_at=now,
                added_by=by,
                **draft.model_dump(),
            )
    raise BadInput(
        f"issuer {draft.issuer[:120]!r}: workloads of Azure and Google deliver; use {_TAKEN}"
    )
