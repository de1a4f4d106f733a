"""Censuses in the object store: each body under a name that follows from what it holds."""

from __future__ import annotations

import hashlib

from steward.objects import Objects, folder_of


class CensusObjects:
    """`Censuses` in a bucket.

    A body is written before the commit that names it: should the commit fail, nobody ever asks for it, and
    `tidy` removes it with the next sweep. What a commit names is never overwritten.
    """

    def __init__(self, objects: Objects, *, tenant: str) -> None:
        self._objects = objects
        self._root = f"{folder_of(tenant)}census/"

    def read(self, name: str) -> bytes:
        """A body.

        Raises:
            NotFound: there is none of that name.
        """
        return self._objects.get(f"{self._root}{name}")

    def keep(self, part: str, body: bytes) -> str:
        """Keep a body of a part; its name."""
        name = f"{_folder(part)}/{hashlib.blake2b(body, digest_size=16).hexdigest()}"
        self._objects.add(f"{self._root}{name}", body)
        return name

    def tidy(self, part: str, *, keep: frozenset[str]) -> int:
        """Remove a part's bodies but these; how many went."""
        gone = [
            head.key
            for head in self._objects.list(f"{self._root}{_folder(part)}/")
            if head.key.removeprefix(self._root) not in keep
        ]
        for key in gone:
            self._objects.delete(key)
        return len(gone)


def _folder(part: str) -> str:
    # A part's id may hold what a key may not, such as the dots and colons of a project.
    return hashlib.blake2b(part.encode(), digest_size=12).hexdigest()
