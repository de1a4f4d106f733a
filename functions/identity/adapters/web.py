"""Pages and cookies: rendered on the server, working without scripts, with none from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from steward.identity.credentials import COOKIE

if TYPE_CHECKING:
    import jinja2

FORM_COOKIE = "__Host-steward-form"
TICKET_COOKIE = "__Host-steward-step"
ROUND_COOKIE = "__Host-steward-round"
HTML = "text/html; charset=utf-8"
# Scripts and styles from here alone, no inline ones, no sinks for text that would become code.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_FOLDER = Path(__file__).with_name("pages")


def page(
    template: str, /, *, status: int = HTTPStatus.OK, cookies: Iterable[Cookie] = (), **content: Any
) -> Response[str]:
    """A page from its template."""
    body = _templates().get_template(f"{template}.html").render(**content)
    headers: dict[str, str | list[str]] = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
    }
    return Response(int(status), HTML, body, headers=headers, cookies=list(cookies))


def onward(path: str, *, cookies: Iterable[Cookie] = ()) -> Response[str]:
    """On to the next page after a form.

    By a page of its own and no redirect: the policy on where forms lead holds for what redirects lead
    to, and a client that waits on loopback is no form's business.
    """
    return page("onward", cookies=cookies, path=path)


def redirect(place: str, *, cookies: Iterable[Cookie] = ()) -> Response[str]:
    """On to the place, from a page that was only looked at."""
    headers: dict[str, str | list[str]] = {"Location": place, "Cache-Control": "no-store"}
    return Response(int(HTTPStatus.SEE_OTHER), HTML, "", headers=headers, cookies=list(cookies))


def asset(name: str) -> Response[str]:
    """A script or style of the pages."""
    kind = _KINDS[Path(name).suffix]
    headers: dict[str, str | list[str]] = {"Cache-Control": "public, max-age=3600"}
    return Response(int(HTTPStatus.OK), kind, _text(name), headers=headers)


def session_cookie(value: str) -> Cookie:
    """The cookie of a session: it ends with the browser, or when the session does."""
    return _cookie(COOKIE, value)


def step_cookie(name: str, value: str, *, seconds: int) -> Cookie:
    """A cookie of a few minutes, for what happens between two pages."""
    return _cookie(name, value, seconds)


def without(name: str) -> Cookie:
    """What makes the browser forget the cookie."""
    return _cookie(name, "", -1)


def _cookie(name: str, value: str, seconds: int | None = None) -> Cookie:
    # Lax: whoever follows a link to Steward is signed in; a form of another site is not.
    return Cookie(
        name,
        value,
        path="/",
        secure=True,
        http_only=True,
        same_site=SameSite.LAX_MODE,
        max_age=seconds,
    )


@cache
def _text(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


@cache
def _templates() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
    )
