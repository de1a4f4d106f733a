"""Standings in the object store: each under a name of its own, so that none is ever overwritten."""

from __future__ import annotations

import hashlib
from datetime import datetime

from steward.objects import Objects, folder_of


class StandingObjects:
    """`Bodies` in a bucket. A body that a failed commit left is written again under the same name."""

    def __init__(self, objects: Objects, *, tenant: str, now: datetime) -> None:
        self._objects = objects
        self._root = f"{folder_of(tenant)}standings/"
        self._now = now

    def get(self, key: str) -> bytes:
        """A body.

        Raises:
            NotFound: there is none of that key.
        """
        return self._objects.get(f"{self._root}{key}")

    def put(self, body: bytes) -> str:
        """Keep a body; its key."""
        digest = hashlib.blake2b(body, digest_size=16).hexdigest()
        key = f"{self._now:%Y%m%dT%H%M%S%fZ}-{digest}.json"
        self._objects.put(f"{self._root}{key}", body)
        return key

    def delete(self, key: str) -> None:
        """Remove a body."""
        self._objects.delete(f"{self._root}{key}")
