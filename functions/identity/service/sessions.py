"""Browser sessions: seen and ended, one by one or all, with every token of before."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.identity.service.standing import Desk, check_charge, holder_of
from steward.errors import NotFound
from steward.identity.directory import BrowserSession

ID_LENGTH = 12
MANY = 500


class SessionView(BaseModel):
    """A session as it is shown: never its cookie."""

    model_config = ConfigDict(frozen=True)

    id: str
    principal: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    mfa: bool
    on_behalf_of: str


def of(principal: str, *, desk: Desk) -> tuple[SessionView, ...]:
    """The principal's sessions, newest first."""
    page = desk.register.sessions.query(
        index="by_principal", key=principal, limit=MANY, descending=True
    )
    return tuple(_view(session) for session in page.items)


def end(principal: str, session_id: str, *, desk: Desk) -> None:
    """End one session.

    Raises:
        NotFound: the principal has none of that id.
    """
    for session in desk.register.sessions.query(
        index="by_principal", key=principal, limit=MANY
    ).items:
        if session.hash[:ID_LENGTH] == session_id:
            desk.register.sessions.delete(session.hash)
            return
    raise NotFound(f"session {session_id[:40]!r}: not found; list them to see the ids")


def end_all(principal: str, *, desk: Desk) -> None:
    """End every session and refuse every token of before now; API keys hold on."""
    known = desk.register.principals.require(principal)
    desk.register.principals.put(known.model_copy(update={"not_before": desk.now}))


def check_charge_of(principal: str, desk: Desk) -> None:
    """Refuse whoever holds less than the principal, unless it is themselves.

    Raises:
        NotFound: there is no such principal.
        Denied: it holds more.
    """
    if principal != desk.who:
        check_charge(holder_of(principal, desk.books), desk)


def _view(session: BrowserSession) -> SessionView:
    return SessionView(
        id=session.hash[:ID_LENGTH],
        principal=session.principal,
        created_at=session.created_at,
        expires_at=session.expires_at,
        mfa=session.mfa,
        on_behalf_of=session.on_behalf_of,
    )
