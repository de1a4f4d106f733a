"""A person is erased: what is sealed for them can be read by nobody from now on."""

from __future__ import annotations

from functions.audit.service.erase import erase
from functions.audit.wiring import Deps, wire
from steward.contracts.identity import PersonErased
from steward.edge import on_event


@on_event(PersonErased, wire=wire)
def handler(event: PersonErased, deps: Deps) -> None:
    """Lose the person's key; the chain keeps its hashes."""
    erase(event.person, request=event.request, persons=deps.books.persons, now=deps.now)
