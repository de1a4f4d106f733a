"""The names in a request's query: a route refuses those that it does not read.

What nobody reads would be ignored, and a filter with a slip in its name would list everything.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.openapi.params import get_flat_dependant
from pydantic import BaseModel

from steward.edge.gate import Malformed

_SHOWN = 80
_NEAREST = 3
LINKED = "browsers, mail programs and other sites add names to links of pages"
"""Why a page for people takes names that it does not read."""
_ANY = {"type": "object", "additionalProperties": {"type": "string"}}


class Reads(NamedTuple):
    """What a public route reads from its query by itself, beside its declared parameters."""

    names: tuple[str, ...] = ()
    free: str = ""
    """Why it also takes names that it does not read; empty where it does not."""

    def parameters(self) -> Iterator[dict[str, Any]]:
        """The same for OpenAPI; whatever else it takes is an object spread out over the query."""
        for name in self.names:
            yield {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        if self.free:
            spread = {"style": "form", "explode": True, "description": self.free, "schema": _ANY}
            yield {"name": "others", "in": "query", "required": False, **spread}


def check(event: Mapping[str, Any], taken: frozenset[str]) -> None:
    """Refuse a query with a name beside those that the route takes.

    Raises:
        Malformed: it has one.
    """
    given = event.get("queryStringParameters") or {}
    unknown = sorted(given.keys() - taken)
    if not unknown:
        return
    more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
    raise Malformed(
        f"query parameter {unknown[0][:_SHOWN]!r}{more}: is not read here{_advice(unknown[0], taken)}"
    )


@cache
def declared(route: Route) -> frozenset[str]:
    """The names of the query that the signature of the route's function reads."""
    fields = get_flat_dependant(route.dependant).query_params
    return frozenset(
        name for field in fields for name in _names(field.alias, field.field_info.annotation)
    )


def _names(alias: str, annotation: Any) -> Iterator[str]:
    """A parameter's own name, or those of the fields of the model that gathers several."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield from (field.alias or name for name, field in annotation.model_fields.items())
    else:
        yield alias


def _advice(unknown: str, taken: frozenset[str]) -> str:
    if not taken:
        return "; this route takes no query"
    near = difflib.get_close_matches(unknown[:_SHOWN], sorted(taken), n=_NEAREST)
    hint = f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""
    return f"{hint}; this route takes {', '.join(sorted(taken))}"
