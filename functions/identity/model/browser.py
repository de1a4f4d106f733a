"""A browser on its way in: the ticket between password and second factor, and its session."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.identity.directory import BrowserSession, hash_key
from steward.store.collection import Collection

TICKET_LIFE = timedelta(minutes=10)
TICKET_TRIES = 5
EXTEND_AFTER = timedelta(minutes=5)
DONE = "/sign-in/done"
_LOCAL = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~%!$&'()*+,;=:@?-]*")


class Ticket(BaseModel):
    """Somebody whose password was right, and who owes a second factor; by its hash."""

    model_config = ConfigDict(frozen=True)

    id: str
    user: str
    then: str
    expires_at: AwareDatetime
    tries: int = 0
    challenge: str = ""


TICKETS = Collection(
    "tickets",
    Ticket,
    id=lambda ticket: ticket.id,
    expires=lambda ticket: ticket.expires_at,
    audit="none",
    listed=False,
)


def local_path(text: str) -> str:
    """The path to go on to, if it is one of this server's; else where everybody may go."""
    fine = len(text) <= 4000 and _LOCAL.fullmatch(text)  # noqa: PLR2004  # a cookie's worth
    return text if fine else DONE


def csrf_of(cookie: str) -> str:
    """The token that a page with this cookie shows in its forms; from the cookie alone it follows."""
    digest = hmac.digest(cookie.encode(), b"steward csrf", "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def session_of(
    cookie: str, principal: str, *, mfa: bool, now: datetime, idle: timedelta, whole: timedelta
) -> BrowserSession:
    """What is kept of a session that begins now."""
    return BrowserSession(
        hash=hash_key(cookie),
        csrf_hash=hash_key(csrf_of(cookie)),
        principal=principal,
        created_at=now,
        expires_at=min(now + idle, now + whole),
        ends_at=now + whole,
        mfa=mfa,
    )


def extended(session: BrowserSession, *, now: datetime, idle: timedelta) -> BrowserSession | None:
    """The session that is used again; None when it was so a moment ago, or nears its end."""
    wanted = min(now + idle, session.ends_at or session.expires_at)
    if wanted - session.expires_at < EXTEND_AFTER:
        return None
    return session.model_copy(update={"expires_at": wanted})
