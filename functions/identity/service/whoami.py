"""Who is asking, and what a page of theirs needs to go on asking."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.identity.model.browser import csrf_of
from functions.identity.ports import SignInDeps
from functions.identity.service import entrance
from functions.identity.service.entrance import Hall
from steward.errors import Unauthenticated
from steward.identity import Caller, Grant


class SessionState(BaseModel):
    """The caller, and for a browser the token that its writes carry in X-CSRF-Token."""

    model_config = ConfigDict(frozen=True)

    id: str
    tenant: str
    email: str
    grants: tuple[Grant, ...]
    groups: tuple[str, ...]
    scopes: tuple[str, ...] | None
    mfa: bool
    elevated: bool
    on_behalf_of: str
    csrf_token: str | None = None
    expires_at: AwareDatetime | None = None


def state(caller: Caller, cookie: str, *, deps: SignInDeps, hall: Hall) -> SessionState:
    """Who asks; a browser's session is held open by asking."""
    user = deps.books.users.get(caller.id) if caller.kind == "user" else None
    shown = SessionState(
        id=caller.id,
        tenant=caller.tenant,
        email=user.email if user else "",
        grants=caller.grants,
        groups=caller.groups,
        scopes=None if caller.scopes is None else tuple(sorted(caller.scopes)),
        mfa=caller.mfa,
        elevated=caller.elevated,
        on_behalf_of=caller.on_behalf_of,
    )
    if not caller.session.startswith("session:"):
        return shown
    found = entrance.visitor(cookie, deps=deps)
    if found is None:
        raise Unauthenticated("session: is over; sign in again")
    session = entrance.go_on(found, deps=deps, idle=hall.settings.idle)
    browser = {"csrf_token": csrf_of(cookie), "expires_at": session.expires_at}
    return shown.model_copy(update=browser)
