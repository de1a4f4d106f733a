"""The object store behind one small port: S3 on AWS, a folder when embedded, by obstore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from steward.errors import NotFound

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class ObjectHead(NamedTuple):
    """What is known of an object without reading it; ``size`` in bytes."""

    key: str
    size: int
    etag: str


class Objects(Protocol):
    """One bucket."""

    def put(self, key: str, body: bytes) -> ObjectHead:
        """Write an object whole; a reader sees the old or the new, never a part."""
        ...

    def get(self, key: str) -> bytes:
        """An object's bytes.

        Raises:
            NotFound: there is none of that key.
        """
        ...

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """The objects below a prefix."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        ...


class Bucket:
    """`Objects` over any obstore store; ``created`` is told of every object written."""

    def __init__(
        self, store: ObjectStore, *, created: Callable[[ObjectHead], None] | None = None
    ) -> None:
        self._store = store
        self._created = created

    def put(self, key: str, body: bytes) -> ObjectHead:
        """Write an object whole."""
        result = self._store.put(key, body)
        head = ObjectHead(key, len(body), (result["e_tag"] or "").strip('"'))
        if self._created is not None:
            self._created(head)
        return head

    def get(self, key: str) -> bytes:
        """An object's bytes."""
        from obstore.exceptions import NotFoundError  # 35 ms, paid by those who read

        try:
            return bytes(self._store.get(key).bytes())
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound(f"object {key!r}: not there; it expired or was never written") from error

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """The objects below a prefix."""
        for chunk in self._store.list(prefix):
            for meta in chunk:
                yield ObjectHead(meta["path"], meta["size"], (meta["e_tag"] or "").strip('"'))

    def delete(self, key: str) -> None:
        """Remove an object."""
        from obstore.exceptions import NotFoundError

        try:
            self._store.delete(key)
        except (NotFoundError, FileNotFoundError):
            return


def folder(path: Path, *, created: Callable[[ObjectHead], None] | None = None) -> Bucket:
    """A bucket in a folder of this machine."""
    from obstore.store import LocalStore

    path.mkdir(parents=True, exist_ok=True)
    return Bucket(LocalStore(str(path)), created=created)


def s3(name: str) -> Bucket:
    """A bucket of S3, with the function's own credentials and region."""
    from obstore.store import S3Store

    return Bucket(S3Store(name))


class ObjectClaims:
    """Claim-checked bodies in a bucket, opened at the first large body."""

    def __init__(self, bucket: Callable[[], Objects]) -> None:
        self._open = bucket
        self._bucket: Objects | None = None

    def put(self, key: str, body: bytes) -> None:
        """Keep the body."""
        self._objects().put(key, body)

    def get(self, key: str) -> bytes:
        """The body."""
        return self._objects().get(key)

    def _objects(self) -> Objects:
        if self._bucket is None:
            self._bucket = self._open()
        return self._bucket
