"""The routes of one HTTP API: which there are, what each takes, and what kind of request each is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from steward.edge.rates import SAFE, RateClass, class_of

_PARAMETER = re.compile(r"<\w+>")


class Declared(NamedTuple):
    """One route as its concern declares it; without a permission it is open to everyone."""

    method: str
    path: str
    permission: str | None
    rate: RateClass

    @property
    def extensions(self) -> dict[str, str]:
        """What OpenAPI says of it beyond the standard."""
        return {"x-permission": self.permission or "public", "x-rate-class": str(self.rate)}


class RouteBook:
    """The declared routes, found by method and path."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, str], tuple[re.Pattern[str], Declared]] = {}

    def __iter__(self) -> Iterator[Declared]:
        """Each route, in the order of declaration."""
        return (route for _, route in self._routes.values())

    def add(
        self, method: str, path: str, *, permission: str, rate: RateClass | None = None
    ) -> None:
        """Take note of a route; without a class it gets that of its method and permission."""
        self._add(Declared(method, path, permission, rate or class_of(method, permission)))

    def add_public(self, method: str, path: str, *, rate: RateClass | None = None) -> None:
        """Take note of a route that is open to everyone."""
        usual = RateClass.PUBLIC_DOC if method in SAFE else RateClass.AUTH_LOGIN
        self._add(Declared(method, path, None, rate or usual))

    def declared(self, method: str, path: str) -> Declared:
        """The route declared with this very path."""
        return self._routes[(method, path)][1]

    def find(self, method: str, path: str) -> Declared | None:
        """The route that takes the request."""
        return next((route for route in self._at(path) if route.method == method), None)

    def methods(self, path: str) -> tuple[str, ...]:
        """The methods that a path takes; none when there is no such path."""
        return tuple(sorted({route.method for route in self._at(path)}))

    def _add(self, route: Declared) -> None:
        parts = map(re.escape, _PARAMETER.split(route.path))
        self._routes[(route.method, route.path)] = (re.compile("[^/]+".join(parts)), route)

    def _at(self, path: str) -> list[Declared]:
        """The routes of a path; where one is named in full, what its words could also be does not count.

        Source: OpenAPI 3.1, "Path Templating Matching".
        """
        found = [route for pattern, route in self._routes.values() if pattern.fullmatch(path)]
        return [route for route in found if route.path == path] or found
