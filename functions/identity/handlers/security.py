"""The pages on which people keep their password and second factors."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Response

from functions.identity.adapters.forms import check_page, fields, form_cookie, shown
from functions.identity.adapters.web import (
    FORM_COOKIE,
    onward,
    page,
    redirect,
    session_cookie,
    without,
)
from functions.identity.model.browser import csrf_of
from functions.identity.ports import SignInDeps
from functions.identity.service import enrolment, entrance, operating, sign_in
from functions.identity.service.enrolment import Shown
from functions.identity.service.entrance import Visitor
from functions.identity.service.second_factor import Desk
from functions.identity.service.sign_in import Typed
from functions.identity.wiring import Room, room, wire_sign_in
from steward.edge.armour import address_block
from steward.edge.http import Api, Knock
from steward.edge.queries import LINKED, Reads
from steward.edge.resources import current
from steward.errors import BadInput, Denied, StewardError, Unauthenticated
from steward.identity.credentials import COOKIE

api = Api(wire=wire_sign_in)
handler = api.handler

ROOT = "/sign-in"
COOKIE_IS_ALL = "the session in its cookie is the credential"


@api.open_to_all(
    "GET",
    f"{ROOT}/security",
    because="who is not signed in is sent to sign in",
    reads=Reads(free=LINKED),
)
@shown
def show_security(*, knock: Knock) -> Response[str]:
    """One's own password, one-time codes and passkeys."""
    visitor = _visitor(knock)
    if visitor is None:
        return redirect(f"{ROOT}?then={quote(f'{ROOT}/security', safe='')}")
    factors = _within(visitor, lambda deps: enrolment.mine(visitor, deps=deps))
    if factors.enrolled and not visitor.session.mfa:
        return redirect(f"{ROOT}/factor?then={quote(f'{ROOT}/security', safe='')}")
    return _security(visitor, Shown(factors))


@api.open_to_all("POST", f"{ROOT}/totp", because=COOKIE_IS_ALL)
@shown
def post_totp(*, knock: Knock) -> Response[str]:
    """Set one-time codes up, prove them, or take them away."""
    given, visitor = _own_form(knock)
    done, account = given.get("do", ""), _account(visitor)
    desk, place = _desk(knock), _room(knock)
    if done == "begin":
        result: Shown = _within(
            visitor, lambda deps: enrolment.begin_totp(visitor, account, deps=deps, desk=desk)
        )
    elif done == "remove":
        result = _within(visitor, lambda deps: enrolment.remove_totp(visitor, deps=deps))
    else:
        code = given.get("code", "")
        result = _within(
            visitor,
            lambda deps: enrolment.confirm_totp(
                visitor, code, account, deps=deps, desk=desk, mint=place.mint
            ),
        )
    return _after(visitor, result, place)


@api.open_to_all("POST", f"{ROOT}/passkeys/options", because=COOKIE_IS_ALL)
def passkey_options(*, knock: Knock) -> Response[str]:
    """What the browser makes a passkey of."""
    _, visitor = _own_form(knock)
    desk, account = _desk(knock), _account(visitor)
    options = _within(
        visitor, lambda deps: enrolment.begin_passkey(visitor, account, deps=deps, desk=desk)
    )
    return Response(200, "application/json", options)


@api.open_to_all("POST", f"{ROOT}/passkeys", because=COOKIE_IS_ALL)
@shown
def post_passkeys(*, knock: Knock) -> Response[str]:
    """Add a passkey, or take one away."""
    given, visitor = _own_form(knock)
    desk, place = _desk(knock), _room(knock)
    if given.get("do") == "remove":
        id_ = given.get("id", "")
        return _security(
            visitor,
            _within(visitor, lambda deps: enrolment.remove_passkey(visitor, id_, deps=deps)),
        )
    answer, name = given.get("answer", ""), given.get("name", "")
    result = _within(
        visitor,
        lambda deps: enrolment.add_passkey(
            visitor, answer, name, deps=deps, desk=desk, mint=place.mint
        ),
    )
    return _after(visitor, result, place)


@api.open_to_all(
    "GET",
    f"{ROOT}/password",
    because="whoever lost a password has a link and no more",
    reads=Reads(("token",), free=LINKED),
)
@shown
def show_password(*, knock: Knock) -> Response[str]:
    """The page to set a password on: one's own, or by a link."""
    token, visitor = knock.query.get("token", ""), _visitor(knock)
    if not token and visitor is None:
        return redirect(f"{ROOT}?then={quote(f'{ROOT}/password', safe='')}")
    return _password_page(knock, visitor, token)


@api.open_to_all("POST", f"{ROOT}/password", because="the link or the session is the credential")
@shown
def post_password(*, knock: Knock) -> Response[str]:
    """Set a password; all other sign-ins end."""
    given, visitor = fields(knock), _visitor(knock)
    token = given.get("token", "")
    cookie = visitor.cookie if visitor and not token else ""
    check_page(knock, given, cookie or knock.approach.cookies.get(FORM_COOKIE, ""))
    try:
        if token:
            _by_link(knock, token, given.get("password", ""))
        else:
            return _by_owner(knock, visitor, given)
    except (BadInput, Unauthenticated) as error:
        return _password_page(knock, visitor, token, problem=error)
    return onward(ROOT, cookies=[without(FORM_COOKIE), without(COOKIE)])


def _by_link(knock: Knock, token: str, password: str) -> None:
    tenant = entrance.tenant_of_cookie(token)
    if tenant is None:
        raise Unauthenticated("link: is not one; ask for another")
    hasher = _room(knock).hasher
    api.within(
        tenant,
        lambda deps: operating.reset(token, password, deps=deps, hasher=hasher),
        actor="stranger",
    )
    current().directory.forget()


def _by_owner(knock: Knock, visitor: Visitor | None, given: dict[str, str]) -> Response[str]:
    if visitor is None:
        raise Unauthenticated("session: is over; sign in again")
    place, user = _room(knock), visitor.session.principal
    if visitor.session.on_behalf_of:
        raise Denied("password: whoever borrows an identity does not change how it signs in")
    typed = Typed(_account(visitor), given.get("present", ""), address_block(knock.approach.ip), "")
    known = _within(visitor, lambda deps: sign_in.begin(typed, deps=deps))
    sign_in.check_wait(known)
    if known.user != user or not sign_in.matches(known, typed, place.hasher):
        raise Unauthenticated("present password: is wrong")

    def change(deps: SignInDeps) -> str:
        enrolment.check_proved(visitor, deps=deps)
        operating.change(user, given.get("password", ""), deps=deps, hasher=place.hasher)
        return _renewed(visitor, deps, place, mfa=visitor.session.mfa)

    cookie = _within(visitor, change)
    current().directory.forget()
    return onward(f"{ROOT}/done", cookies=[session_cookie(cookie)])


def _password_page(
    knock: Knock, visitor: Visitor | None, token: str, *, problem: StewardError | None = None
) -> Response[str]:
    value, cookies = form_cookie(knock)
    if visitor is not None and not token:
        value, cookies = visitor.cookie, []
    return page(
        "password",
        status=problem.status if problem else 200,
        cookies=cookies,
        csrf=csrf_of(value),
        token=token,
        problem=str(problem) if problem else "",
    )


def _renewed(visitor: Visitor, deps: SignInDeps, place: Room, *, mfa: bool) -> str:
    """A fresh session for this browser alone, which has just proved itself again."""
    entrance.leave(visitor.cookie, deps=deps)
    user = visitor.session.principal
    return entrance.enter(user, ROOT, mfa=mfa, deps=deps, hall=place.hall).cookie


def _after(visitor: Visitor, result: Shown, place: Room) -> Response[str]:
    if not result.factors.enrolled or visitor.session.mfa:
        return _security(visitor, result)
    # Whoever has just proved a factor holds it: the session goes on under a fresh cookie.
    cookie = _within(visitor, lambda deps: _renewed(visitor, deps, place, mfa=True))
    return _security(visitor._replace(cookie=cookie), result, [session_cookie(cookie)])


def _security(visitor: Visitor, result: Shown, cookies: list[Any] | None = None) -> Response[str]:
    factors = result.factors
    return page(
        "security",
        cookies=cookies or (),
        csrf=csrf_of(visitor.cookie),
        totp="on" if factors.has_totp else "",
        secret=result.secret,
        uri=result.uri,
        recovery=result.recovery,
        passkeys=factors.passkeys,
        problem=result.problem,
    )


def _own_form(knock: Knock) -> tuple[dict[str, str], Visitor]:
    given, visitor = fields(knock), _visitor(knock)
    check_page(knock, given, visitor.cookie if visitor else "")
    if visitor is None:
        raise Unauthenticated("session: is over; sign in again")
    return given, visitor


def _visitor(knock: Knock) -> Visitor | None:
    cookie = knock.approach.cookies.get(COOKIE, "")
    tenant = entrance.tenant_of_cookie(cookie)
    if tenant is None:
        return None
    return api.within(tenant, lambda deps: entrance.visitor(cookie, deps=deps), actor="stranger")


def _within(visitor: Visitor, use: Any) -> Any:
    return api.within(visitor.tenant, use, actor=visitor.session.principal)


def _account(visitor: Visitor) -> str:
    user = visitor.session.principal
    found = _within(visitor, lambda deps: deps.books.users.get(user))
    return found.email if found is not None else user


def _room(knock: Knock) -> Room:
    return room(knock.domain)


def _desk(knock: Knock) -> Desk:
    place = _room(knock)
    return Desk(place.codes, place.sealer, place.passkeys)
