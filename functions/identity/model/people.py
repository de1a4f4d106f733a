"""People and service accounts of a tenant, and what makes an e-mail address one person's."""

from __future__ import annotations

import unicodedata

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.errors import BadInput
from steward.identity import Grant
from steward.identity.directory import Standing
from steward.store.collection import Collection, Index

MAX_EMAIL = 254
"""Characters of an address that fits a mailbox path: RFC 5321, 4.5.3.1.3."""


class User(BaseModel):
    """A person; the id is ``user:<random>`` and says nothing of them."""

    model_config = ConfigDict(frozen=True)

    id: str
    email: str
    name: str
    standing: Standing = Standing.ACTIVE
    grants: tuple[Grant, ...] = ()
    groups: tuple[str, ...] = ()
    created_at: AwareDatetime
    created_by: str = ""


class EmailClaim(BaseModel):
    """An e-mail address in use: its id is the address, so that no two users share one."""

    model_config = ConfigDict(frozen=True)

    email: str
    user: str


USERS = Collection(
    "users",
    User,
    id=lambda user: user.id,
    indexes=(
        Index(
            "by_name",
            lambda user: None if user.standing is Standing.DELETED else "all",
            lambda user: user.name.casefold(),
        ),
    ),
    personal=("email", "name"),
    person=lambda user: user.id,
)
# The audit trail could never forget an id; it has the address from the user, where it can.
EMAILS = Collection("emails", EmailClaim, id=lambda claim: claim.email, audit="none")


def normal_email(text: str) -> str:
    """The address as it is compared: NFC, folded, without blanks around it.

    Raises:
        BadInput: not an address a person could have.
    """
    email = unicodedata.normalize("NFC", text.strip()).casefold()
    name, at, domain = email.rpartition("@")
    fine = bool(name and at and "." in domain) and email.isascii() and email.isprintable()
    if not fine or len(email) > MAX_EMAIL or any(c in email for c in ' "<>()[],;:\\'):
        raise BadInput(
            f"e-mail {text[:60]!r}: use name@domain in ASCII, at most {MAX_EMAIL} characters"
        )
    return email
