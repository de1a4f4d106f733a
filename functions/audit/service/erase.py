"""Erasing a person from the trail: the key goes, the ciphertext and every hash over it stay."""

from __future__ import annotations

from datetime import datetime

from functions.audit.model.seal import Person
from steward.store.work import Entities


def erase(person: str, *, request: str, persons: Entities[Person], now: datetime) -> None:
    """Let nobody read what is sealed for the person; what still arrives is not kept at all."""
    known = persons.get(person)
    if known is not None and known.erased_at is not None:
        return
    created = now if known is None else known.created_at
    persons.put(
        Person(id=person, key=None, created_at=created, erased_at=now, erasure_request=request)
    )
