"""The pages on which people sign in, and out again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Response

from functions.identity.adapters.exchange import Exchanges
from functions.identity.adapters.forms import check_page, fields, form_cookie, shown
from functions.identity.adapters.web import (
    FORM_COOKIE,
    ROUND_COOKIE,
    TICKET_COOKIE,
    asset,
    onward,
    page,
    redirect,
    session_cookie,
    step_cookie,
    without,
)
from functions.identity.model.browser import TICKET_LIFE, csrf_of, local_path
from functions.identity.model.devices import shown_code
from functions.identity.model.oauth import built_in
from functions.identity.model.outside import ROUND_LIFE
from functions.identity.model.refusals import Step
from functions.identity.service import (
    devices,
    entrance,
    outside,
    refusals,
    second_factor,
    sign_in,
)
from functions.identity.service.entrance import Entered, Visitor
from functions.identity.service.second_factor import Desk, Wrong
from functions.identity.service.sign_in import Typed
from functions.identity.wiring import Room, room, wire_sign_in
from steward.edge.armour import address_block
from steward.edge.http import Api, Knock
from steward.edge.queries import LINKED, Reads
from steward.edge.rates import RateClass
from steward.edge.resources import current
from steward.errors import BadInput, Denied, NotFound, StewardError, Unauthenticated
from steward.identity import DEFAULT_TENANT, SYSTEM
from steward.identity.credentials import COOKIE
from steward.identity.directory import Issuer
from steward.identity.tokens import Verifier

api = Api(wire=wire_sign_in)
handler = api.handler

ROOT = "/sign-in"
CALLBACK = f"{ROOT}/callback"
ANSWERED = "a client ignores what it does not know of an answer: RFC 6749, section 4.1.2"
STRANGER = "stranger"


@api.open_to_all(
    "GET",
    ROOT,
    because="whoever signs in has no credential yet",
    reads=Reads(("tenant", "then"), free=LINKED),
)
@shown
def show_sign_in(*, knock: Knock) -> Response[str]:
    """The page to sign in on."""
    then = local_path(knock.query.get("then", ""))
    return _form(knock, tenant=knock.query.get("tenant", DEFAULT_TENANT), then=then)


@api.open_to_all("POST", ROOT, because="whoever signs in has no credential yet")
@shown
def post_sign_in(*, knock: Knock) -> Response[str]:
    """Sign in by organisation, e-mail and password."""
    given = fields(knock)
    check_page(knock, given, knock.approach.cookies.get(FORM_COOKIE, ""))
    place, tenant, then = _room(knock), given.get("tenant", ""), given.get("then", "")
    try:
        entered = _by_password(knock, given, place)
    except StewardError as error:
        return _form(
            knock,
            tenant=tenant,
            then=local_path(then),
            email=given.get("email", ""),
            problem=str(error),
            status=error.status,
        )
    return _let_in(knock, entered)


@api.open_to_all(
    "GET",
    f"{ROOT}/factor",
    because="between password and second factor is no session",
    reads=Reads(("then",)),
)
@shown
def show_factor(*, knock: Knock) -> Response[str]:
    """The page that asks for the second factor."""
    cookie, begun = _ticket(knock)
    return _factor_page(cookie, cookies=begun)


@api.open_to_all(
    "POST", f"{ROOT}/factor", because="between password and second factor is no session"
)
@shown
def post_factor(*, knock: Knock) -> Response[str]:
    """Prove the second factor by a code."""
    given, cookie = _step(knock)
    place, code = _room(knock), given.get("code", "")
    outcome = api.within(
        _tenant(cookie),
        lambda deps: second_factor.prove_code(
            cookie, code, deps=deps, hall=place.hall, desk=_desk(place)
        ),
        actor=STRANGER,
    )
    return _after_factor(knock, cookie, outcome)


@api.open_to_all("POST", f"{ROOT}/passkey/options", because="between the steps is no session")
def passkey_options(*, knock: Knock) -> Response[str]:
    """What a passkey is to sign."""
    _, cookie = _step(knock)
    place = _room(knock)
    options = api.within(
        _tenant(cookie),
        lambda deps: second_factor.passkey_options(cookie, deps=deps, desk=_desk(place)),
        actor=STRANGER,
    )
    if isinstance(options, Wrong):
        raise Unauthenticated(options.why)
    return Response(200, "application/json", options)


@api.open_to_all("POST", f"{ROOT}/passkey", because="between the steps is no session")
@shown
def post_passkey(*, knock: Knock) -> Response[str]:
    """Prove the second factor by a passkey."""
    given, cookie = _step(knock)
    place, answer = _room(knock), given.get("answer", "")
    outcome = api.within(
        _tenant(cookie),
        lambda deps: second_factor.prove_passkey(
            cookie, answer, deps=deps, hall=place.hall, desk=_desk(place)
        ),
        actor=STRANGER,
    )
    return _after_factor(knock, cookie, outcome)


@api.open_to_all("GET", f"{ROOT}/done", because="it shows nothing to whoever is not signed in")
@shown
def show_done(*, knock: Knock) -> Response[str]:
    """Who is signed in here, and the way out."""
    visitor = _visitor(knock)
    if visitor is None:
        return redirect(ROOT)
    return page(
        "done",
        name=_name(visitor),
        tenant=visitor.tenant,
        mfa=visitor.session.mfa,
        csrf=csrf_of(visitor.cookie),
    )


@api.open_to_all(
    "POST", f"{ROOT}/out", because="it ends what its cookie opens", rate=RateClass.WRITE
)
@shown
def post_out(*, knock: Knock) -> Response[str]:
    """Sign out here, or everywhere."""
    given, visitor = _own_form(knock)
    everywhere = given.get("everywhere") == "yes"

    def out(deps: Any) -> None:
        entrance.leave(visitor.cookie, deps=deps)
        if everywhere:
            entrance.leave_everywhere(visitor.session.principal, deps=deps)

    api.within(visitor.tenant, out, actor=visitor.session.principal)
    current().directory.forget()
    return onward(ROOT, cookies=[without(COOKIE)])


@api.open_to_all(
    "GET",
    f"{ROOT}/with",
    because="whoever signs in has no credential yet",
    reads=Reads(("tenant", "then", "issuer"), free=LINKED),
)
@shown
def sign_in_with(*, knock: Knock) -> Response[str]:
    """On to the tenant's own issuer; where there are several, a choice."""
    tenant, then = knock.query.get("tenant", ""), local_path(knock.query.get("then", ""))
    chosen = knock.query.get("issuer", "")
    found = [each for each in _issuers(tenant) if chosen in ("", each.id)]
    if not found:
        raise NotFound(f"organisation {tenant[:60]!r}: has no accounts of its own to sign in with")
    if len(found) > 1:
        return page("issuers", issuers=found, tenant=tenant, then=then)
    place = _room(knock)
    departure = api.within(
        tenant,
        lambda deps: outside.depart(
            found[0], then, f"{place.url}{CALLBACK}", deps=deps, hall=place.hall
        ),
        actor=STRANGER,
    )
    seconds = int(ROUND_LIFE.total_seconds())
    return redirect(
        departure.url, cookies=[step_cookie(ROUND_COOKIE, departure.cookie, seconds=seconds)]
    )


@api.open_to_all(
    "GET",
    CALLBACK,
    because="the code and the cookie are the credential",
    reads=Reads(("code", "state", "iss", "error"), free=ANSWERED),
)
@shown
def come_back(*, knock: Knock) -> Response[str]:
    """Back from the issuer, in the browser that went there."""
    cookie, place = knock.approach.cookies.get(ROUND_COOKIE, ""), _room(knock)
    tenant = _tenant(cookie)
    round_ = api.within(
        tenant, lambda deps: outside.come_back(cookie, knock.query, deps=deps), actor=STRANGER
    )
    issuer = next((each for each in _issuers(tenant) if each.id == round_.issuer), None)
    if issuer is None:
        raise Unauthenticated("sign-in: the issuer is trusted no more; begin again")
    code = outside.check_answer(knock.query, issuer)
    token = Exchanges(current().secrets, place.url).id_token(issuer, code, round_.verifier)
    verifier = Verifier(current().directory, current().issuer_keys())
    claims = verifier.identity(token, issuer=issuer, nonce=round_.nonce, now=current().clock())
    _check_served(tenant)
    entered = api.within(
        tenant,
        lambda deps: outside.admit(claims, issuer, round_.then, deps=deps, hall=place.hall),
        actor=STRANGER,
    )
    current().directory.forget()
    return _let_in(knock, entered)


@api.open_to_all(
    "GET",
    f"{ROOT}/device",
    because="who is not signed in is sent to sign in",
    reads=Reads(("user_code",), free=LINKED),
)
@shown
def show_device(*, knock: Knock) -> Response[str]:
    """The device that wants to sign in as whoever is signed in here."""
    code, visitor = knock.query.get("user_code", ""), _visitor(knock)
    if visitor is None:
        then = f"{ROOT}/device?user_code={quote(code, safe='')}" if code else f"{ROOT}/device"
        return redirect(f"{ROOT}?then={quote(then, safe='')}")
    if not code:
        return page("device", device=None)
    return _device_page(knock, visitor, code)


@api.open_to_all("POST", f"{ROOT}/device", because="the session in its cookie is the credential")
@shown
def post_device(*, knock: Knock) -> Response[str]:
    """Approve or refuse the device."""
    given, visitor = _own_form(knock)
    if visitor.session.on_behalf_of:
        raise Denied("device: whoever borrows an identity approves no devices with it")
    decision, code = given.get("decision", ""), given.get("user_code", "")
    if decision not in ("approve", "deny"):
        raise BadInput(f"decision {decision[:20]!r}: approve or deny")
    who = visitor if decision == "approve" else None
    api.within(
        SYSTEM,
        lambda deps: devices.decide(code, who, deps=deps),
        actor=visitor.session.principal,
    )
    text = "Your device goes on by itself." if who else "The device was refused."
    return page("told", heading="Approved" if who else "Refused", text=text)


@api.open_to_all("GET", f"{ROOT}/steward.css", because="the pages' style is for everybody")
def style(*, knock: Knock) -> Response[str]:
    """The pages' style."""
    del knock
    return asset("steward.css")


@api.open_to_all("GET", f"{ROOT}/passkeys.js", because="the pages' script is for everybody")
def script(*, knock: Knock) -> Response[str]:
    """The pages' one script."""
    del knock
    return asset("passkeys.js")


def _by_password(knock: Knock, given: dict[str, str], place: Room) -> Entered:
    if not place.settings.local_accounts:
        raise Denied(
            "sign-in: this installation has no local accounts; use your organisation's own"
        )
    tenant, typed = given.get("tenant", ""), _typed(knock, given)
    known = sign_in.NOBODY
    plain = entrance.tenant_of_cookie(f"{tenant}.x") is not None
    if plain:
        known = api.within(tenant, lambda deps: sign_in.begin(typed, deps=deps), actor=STRANGER)
    sign_in.check_wait(known)
    if not sign_in.matches(known, typed, place.hasher):
        if plain and (known.user or _is_known(tenant)):
            _note(knock, tenant, known.user, "password")
        raise Unauthenticated(sign_in.WRONG)
    _check_served(tenant)
    return api.within(
        tenant,
        lambda deps: sign_in.finish(known, typed, deps=deps, hall=place.hall, hasher=place.hasher),
        actor=known.user,
    )


def _typed(knock: Knock, given: dict[str, str]) -> Typed:
    return Typed(
        given.get("email", ""),
        given.get("password", ""),
        address_block(knock.approach.ip),
        given.get("then", ""),
    )


def _is_known(tenant: str) -> bool:
    # A name that somebody typed begins no trail.
    return tenant == DEFAULT_TENANT or current().directory.tenant(tenant) is not None


def _note(knock: Knock, tenant: str, user: str, step: Step) -> None:
    place = address_block(knock.approach.ip)
    api.within(tenant, lambda deps: refusals.note(user, step, place, deps=deps), actor=STRANGER)


def _issuers(tenant: str) -> tuple[Issuer, ...]:
    if entrance.tenant_of_cookie(f"{tenant}.x") is None:
        return ()
    found = api.within(SYSTEM, lambda deps: outside.of_tenant(tenant, deps=deps), actor=STRANGER)
    return outside.usable(found)


def _check_served(tenant: str) -> None:
    found = current().directory.tenant(tenant)
    if not entrance.served(None if found is None else found.standing):
        raise Denied(f"tenant {tenant!r}: is not served now; ask the operator of Steward")


def _let_in(knock: Knock, entered: Entered) -> Response[str]:
    if entered.owes_factor:
        seconds = int(TICKET_LIFE.total_seconds())
        ticket = step_cookie(TICKET_COOKIE, entered.cookie, seconds=seconds)
        return onward(f"{ROOT}/factor", cookies=[ticket, without(COOKIE)])
    _end_before(knock)
    gone = [without(FORM_COOKIE), without(TICKET_COOKIE)]
    return onward(entered.then, cookies=[session_cookie(entered.cookie), *gone])


def _end_before(knock: Knock) -> None:
    # A session that this browser had before goes: it may be somebody else's.
    before = knock.approach.cookies.get(COOKIE, "")
    tenant = entrance.tenant_of_cookie(before)
    if tenant is not None:
        api.within(tenant, lambda deps: entrance.leave(before, deps=deps), actor=STRANGER)


def _form(
    knock: Knock, *, tenant: str, then: str, email: str = "", problem: str = "", status: int = 200
) -> Response[str]:
    value, cookies = form_cookie(knock)
    return page(
        "sign_in",
        status=status,
        cookies=cookies,
        csrf=csrf_of(value),
        tenant=tenant,
        then=then,
        email=email,
        problem=problem,
        accounts=_room(knock).settings.local_accounts,
    )


def _device_page(knock: Knock, visitor: Visitor, code: str) -> Response[str]:
    try:
        device = api.within(
            SYSTEM,
            lambda deps: devices.waiting(code, deps=deps),
            actor=visitor.session.principal,
        )
    except NotFound as error:
        return page("device", device=None, problem=str(error), status=error.status)
    return page(
        "device",
        device=device,
        name=_name(visitor),
        tenant=visitor.tenant,
        client=built_in(_room(knock).url)[device.client].name,
        shown=shown_code(device.user_code),
        csrf=csrf_of(visitor.cookie),
    )


def _ticket(knock: Knock) -> tuple[str, list[Any]]:
    """The ticket of this browser; whoever is signed in by one factor is given one to step up."""
    cookie = knock.approach.cookies.get(TICKET_COOKIE, "")
    visitor = _visitor(knock)
    if cookie or visitor is None or visitor.session.on_behalf_of:
        return cookie, []
    then, place, user = knock.query.get("then", ""), _room(knock), visitor.session.principal
    entered = api.within(
        visitor.tenant,
        lambda deps: entrance.ticket_for(user, then, deps=deps, hall=place.hall),
        actor=user,
    )
    seconds = int(TICKET_LIFE.total_seconds())
    return entered.cookie, [step_cookie(TICKET_COOKIE, entered.cookie, seconds=seconds)]


def _factor_page(
    cookie: str, *, cookies: list[Any] | None = None, problem: str = "", status: int = 200
) -> Response[str]:
    tenant = entrance.tenant_of_cookie(cookie)
    found = tenant and api.within(
        tenant, lambda deps: second_factor.owed(cookie, deps=deps), actor=STRANGER
    )
    if not found:
        return redirect(ROOT, cookies=[without(TICKET_COOKIE)])
    if not found.factors.enrolled:
        return redirect(f"{ROOT}/security", cookies=[without(TICKET_COOKIE)])
    return page(
        "factor",
        status=status,
        cookies=cookies or (),
        csrf=csrf_of(cookie),
        passkeys=bool(found.factors.passkeys),
        totp=found.factors.has_totp,
        problem=problem,
    )


def _after_factor(knock: Knock, cookie: str, outcome: Entered | Wrong) -> Response[str]:
    if isinstance(outcome, Entered):
        return _let_in(knock, outcome)
    if outcome.user:
        _note(knock, _tenant(cookie), outcome.user, "second factor")
    if outcome.over:
        raise Unauthenticated(outcome.why)
    return _factor_page(cookie, problem=outcome.why, status=Unauthenticated.status)


def _step(knock: Knock) -> tuple[dict[str, str], str]:
    given, cookie = fields(knock), knock.approach.cookies.get(TICKET_COOKIE, "")
    check_page(knock, given, cookie)
    return given, cookie


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
    return api.within(tenant, lambda deps: entrance.visitor(cookie, deps=deps), actor=STRANGER)


def _name(visitor: Visitor) -> str:
    user = visitor.session.principal
    found = api.within(visitor.tenant, lambda deps: deps.books.users.get(user), actor=user)
    return found.email if found is not None else user


def _tenant(cookie: str) -> str:
    tenant = entrance.tenant_of_cookie(cookie)
    if tenant is None:
        raise Unauthenticated("sign-in: took too long; begin again")
    return tenant


def _room(knock: Knock) -> Room:
    return room(knock.domain)


def _desk(place: Room) -> Desk:
    return Desk(place.codes, place.sealer, place.passkeys)
