"""The locked bucket: contents by their hash, signed heads by their number."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError

from functions.audit.model.signed import Sealed, place_of
from steward.errors import NotFound, NotGranted
from steward.objects import Objects, folder_of


class LockedArchive:
    """`functions.audit.ports.Archive` of one tenant, opened at the first use."""

    def __init__(self, bucket: Callable[[], Objects], tenant: str) -> None:
        self._open = bucket
        self._tenant = tenant
        self._bucket: Objects | None = None

    def keep(self, hash_: str, text: str) -> str:
        """Keep an entry's content; the same content is the same object."""
        place = f"{folder_of(self._tenant)}entries/{hash_}.json"
        self._objects().add(place, text.encode())
        return place

    def text(self, place: str) -> str:
        """A content that was kept; empty when it is gone, or another tenant's."""
        if not place.startswith(f"{folder_of(self._tenant)}entries/"):
            return ""
        try:
            return self._objects().get(place).decode(errors="replace")
        except (NotFound, NotGranted):
            return ""

    def seal(self, sealed: Sealed) -> Sealed:
        """Keep a signed head unless its place is taken; the one that stands there."""
        place = place_of(self._tenant, sealed.head.seq)
        if self._objects().add(place, sealed.model_dump_json().encode()):
            return sealed
        return self.sealed(sealed.head.seq) or sealed

    def sealed(self, seq: int) -> Sealed | None:
        """The signed head of that number; one that cannot be read is none that anybody signed."""
        try:
            body = self._objects().get(place_of(self._tenant, seq))
        except NotFound:
            return None
        try:
            return Sealed.model_validate_json(body)
        except ValidationError:
            return None

    def _objects(self) -> Objects:
        if self._bucket is None:
            self._bucket = self._open()
        return self._bucket
