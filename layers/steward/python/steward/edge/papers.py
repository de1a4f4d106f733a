"""Answers that are no JSON: what OpenAPI says of them, and pages that bring their own style."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, NamedTuple

from aws_lambda_powertools.event_handler import Response

from steward.edge.armour import policy_of, style_hash

HTML: Final = "text/html; charset=utf-8"


class Shows(NamedTuple):
    """The media types of a route's answer, in the annotation of what its function returns."""

    kinds: tuple[str, ...]

    def answer(self) -> dict[str, Any]:
        """The same for OpenAPI; of what is no text it says that it is bytes."""
        text, other = {"type": "string"}, {"type": "string", "format": "binary"}
        content = {
            kind: {"schema": text if kind.startswith("text/") else other} for kind in self.kinds
        }
        return {"description": "The answer", "content": content}


def page(body: str, *, style: str) -> Response[str]:
    """A page of HTML, with the one style sheet in it that browsers are to follow."""
    headers: dict[str, str | list[str]] = {
        "Content-Security-Policy": policy_of(HTML, styles=(style_hash(style),))
    }
    return Response(HTTPStatus.OK, HTML, body, headers=headers)
