"""The caller's own session over HTTPS."""

from __future__ import annotations

from functions.identity.ports import SignInDeps
from functions.identity.service import entrance, whoami
from functions.identity.service.whoami import SessionState
from functions.identity.wiring import room, wire_sign_in
from steward.edge.http import Api
from steward.errors import Unauthenticated
from steward.identity.credentials import COOKIE

api = Api(wire=wire_sign_in)
handler = api.handler

ROOT = "/api/v1/identity/session"


@api.get(ROOT, permission="self:view")
def get_session(*, deps: SignInDeps) -> SessionState:
    """Who asks, and for a browser the CSRF token of its writes; holds the session open."""
    knock = api.knock()
    if deps.caller is None:
        raise Unauthenticated("session: none; sign in")
    cookie = knock.approach.cookies.get(COOKIE, "")
    return whoami.state(deps.caller, cookie, deps=deps, hall=room(knock.domain).hall)


@api.delete(ROOT, permission="self:manage")
def end_session(*, deps: SignInDeps) -> None:
    """Sign this browser out; its cookie opens nothing from then on."""
    entrance.leave(api.knock().approach.cookies.get(COOKIE, ""), deps=deps)
