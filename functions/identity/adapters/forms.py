"""Forms as browsers post them, and proof that a page of ours was behind them."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from aws_lambda_powertools.event_handler import Response

from functions.identity.adapters.web import FORM_COOKIE, page, step_cookie
from functions.identity.model.browser import csrf_of
from functions.identity.model.oauth import form
from steward.edge.http import Knock
from steward.errors import Denied, StewardError

F = TypeVar("F", bound=Callable[..., Any])

_FORM_SECONDS = 3600


def fields(knock: Knock) -> dict[str, str]:
    """The fields of a posted form; empty ones are left out."""
    return form(knock.body, knock.approach.headers.get("content-type", ""))


def check_page(knock: Knock, given: Mapping[str, str], cookie: str) -> None:
    """Refuse a form that no page of ours, shown to this very browser, was behind.

    Raises:
        Denied: its token does not follow from the cookie, or another site sent it.
    """
    # https://www.w3.org/TR/fetch-metadata/: the browser itself says which site was behind it.
    site = knock.approach.headers.get("sec-fetch-site", "same-origin")
    token = given.get("csrf", "")
    fits = bool(cookie) and hmac.compare_digest(token.encode(), csrf_of(cookie).encode())
    if not fits or site not in ("same-origin", "none"):
        raise Denied(
            "form: it is out of date, or another site sent it; go back and reload the page"
        )


def form_cookie(knock: Knock) -> tuple[str, list[Any]]:
    """The value that this browser's forms follow from before it is signed in, and its cookie."""
    known = knock.approach.cookies.get(FORM_COOKIE, "")
    value = known or secrets.token_urlsafe(24)
    return value, [step_cookie(FORM_COOKIE, value, seconds=_FORM_SECONDS)]


def shown(function: F) -> F:
    """Show people a refusal as a page."""

    @wraps(function)
    def answer(*arguments: Any, **named: Any) -> Response[str]:
        try:
            told: Response[str] = function(*arguments, **named)
        except StewardError as error:
            heading = "This did not work"
            return page("told", status=error.status, heading=heading, text=str(error))
        return told

    return cast("F", answer)
