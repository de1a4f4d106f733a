"""The object store behind one small port: S3 on AWS, a folder when embedded, by obstore."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias
from urllib.parse import unquote

from steward.errors import NotFound, NotGranted

if TYPE_CHECKING:
    from obstore.store import ObjectStore, S3Credential

KEY_BYTES: Final = 1024
"""S3's limit for a key."""
_DECODINGS: Final = 3
"""Times a key is percent-decoded in search of a way out: more often no proxy does."""


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

    def add(self, key: str, body: bytes) -> bool:
        """Write an object unless there is one of that key; whether it was written."""
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

    def upload(self, key: str, source: Path) -> ObjectHead:
        """Write a file as an object, piece by piece; a reader sees all of it or nothing."""
        ...

    def download(self, key: str, target: Path) -> None:
        """Write an object to a file, piece by piece; the file is there whole or not at all.

        Raises:
            NotFound: there is none of that key.
        """
        ...

    def place(self, key: str) -> Path | None:
        """The file that an object is, where the bucket is a folder of this machine."""
        ...


class Bodies(Protocol):
    """Bodies of one tenant."""

    def put(self, key: str, body: bytes) -> object:
        """Keep the body; writing the same key again changes nothing."""
        ...

    def get(self, key: str) -> bytes:
        """The body.

        Raises:
            NotFound: it expired or was never written.
            NotGranted: the key is not the tenant's.
        """
        ...


Buckets: TypeAlias = Callable[[str, str], Objects]
"""The objects of a bucket that are a tenant's: by the bucket's name and the tenant."""


def folder_of(tenant: str) -> str:
    """The prefix that a tenant's objects of any bucket or dataset lie below."""
    return f"tenants/{tenant}/"


def claims_of(tenant: str) -> str:
    """The prefix that a tenant's claim-checked bodies lie below."""
    return f"claims/{tenant}/"


def require_below(key: str, prefix: str) -> None:
    """Refuse a key that does not lie below the prefix however it is read.

    Raises:
        NotGranted: it is outside, or could be taken for a path that is.
    """
    reading = key
    for _ in range(_DECODINGS):
        if not _plainly_below(reading, prefix):
            raise NotGranted(
                f"object {key[:120]!r}: not plainly below {prefix!r}, which is this tenant's; use "
                "names joined by single '/', without '.', '..', '\\' or control characters"
            )
        reading = unquote(reading, errors="replace")


def _plainly_below(key: str, prefix: str) -> bool:
    below = key.removeprefix(prefix)
    return (
        key != below
        and len(key.encode(errors="replace")) <= KEY_BYTES
        and key.isprintable()
        and "\\" not in key
        and not {"", ".", ".."} & set(below.split("/"))
    )


class Confined:
    """`Objects` below one prefix, and nothing else; keys stay whole, as events name them."""

    def __init__(self, objects: Objects, prefix: str) -> None:
        self._objects = objects
        self.prefix = prefix

    def put(self, key: str, body: bytes) -> ObjectHead:
        """Write an object whole."""
        require_below(key, self.prefix)
        return self._objects.put(key, body)

    def add(self, key: str, body: bytes) -> bool:
        """Write an object unless there is one of that key."""
        require_below(key, self.prefix)
        return self._objects.add(key, body)

    def get(self, key: str) -> bytes:
        """An object's bytes."""
        require_below(key, self.prefix)
        return self._objects.get(key)

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """The objects below a prefix."""
        if prefix != self.prefix:
            require_below(prefix.removesuffix("/"), self.prefix)
        return self._objects.list(prefix)

    def delete(self, key: str) -> None:
        """Remove an object."""
        require_below(key, self.prefix)
        self._objects.delete(key)

    def upload(self, key: str, source: Path) -> ObjectHead:
        """Write a file as an object."""
        require_below(key, self.prefix)
        return self._objects.upload(key, source)

    def download(self, key: str, target: Path) -> None:
        """Write an object to a file."""
        require_below(key, self.prefix)
        self._objects.download(key, target)

    def place(self, key: str) -> Path | None:
        """The file that an object is, if it is one."""
        require_below(key, self.prefix)
        return self._objects.place(key)


class Bucket:
    """`Objects` over any obstore store; ``created`` is told of every object written."""

    def __init__(
        self,
        store: ObjectStore,
        *,
        created: Callable[[ObjectHead], None] | None = None,
        root: Path | None = None,
    ) -> None:
        self._store = store
        self._created = created
        self._root = root

    def put(self, key: str, body: bytes) -> ObjectHead:
        """Write an object whole."""
        result = self._store.put(key, body)
        return self._written(ObjectHead(key, len(body), (result["e_tag"] or "").strip('"')))

    def upload(self, key: str, source: Path) -> ObjectHead:
        """Write a file as an object, piece by piece."""
        result = self._store.put(key, source)
        size = source.stat().st_size
        return self._written(ObjectHead(key, size, (result["e_tag"] or "").strip('"')))

    def download(self, key: str, target: Path) -> None:
        """Write an object to a file, piece by piece."""
        from obstore.exceptions import NotFoundError

        part = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
        try:
            with part.open("wb") as file:
                file.writelines(self._store.get(key))
            part.replace(target)
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound(f"object {key!r}: not there; it expired or was never written") from error
        finally:
            part.unlink(missing_ok=True)

    def place(self, key: str) -> Path | None:
        """The file that an object is, in a bucket of this machine."""
        return None if self._root is None else self._root / key

    def add(self, key: str, body: bytes) -> bool:
        """Write an object unless there is one of that key."""
        from obstore.exceptions import AlreadyExistsError

        try:
            result = self._store.put(key, body, mode="create")
        except (AlreadyExistsError, FileExistsError):
            return False
        self._written(ObjectHead(key, len(body), (result["e_tag"] or "").strip('"')))
        return True

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

    def _written(self, head: ObjectHead) -> ObjectHead:
        if self._created is not None:
            self._created(head)
        return head


def folder(path: Path, *, created: Callable[[ObjectHead], None] | None = None) -> Bucket:
    """A bucket in a folder of this machine."""
    from obstore.store import LocalStore

    path.mkdir(parents=True, exist_ok=True)
    return Bucket(LocalStore(str(path)), created=created, root=path)


def s3(
    name: str, *, below: str | None = None, credentials: Callable[[], S3Credential] | None = None
) -> Bucket:
    """A bucket of S3, or what lies below a prefix of it; by default with the function's own credentials."""
    from obstore.store import S3Store

    # A bucket under Object Lock takes no object without a checksum, and any takes one with it.
    return Bucket(
        S3Store(name, prefix=below, credential_provider=credentials, checksum_algorithm="SHA256")
    )


class ObjectClaims:
    """Claim-checked bodies in a bucket; ``bucket`` opens it for a tenant at the first large body."""

    def __init__(self, bucket: Callable[[str], Objects]) -> None:
        self._open = bucket

    def of(self, tenant: str) -> Bodies:
        """The tenant's bodies."""
        return _LateBodies(self._open, tenant)


class _LateBodies:
    def __init__(self, opened: Callable[[str], Objects], tenant: str) -> None:
        self._open = opened
        self._tenant = tenant

    def put(self, key: str, body: bytes) -> None:
        self._objects().put(key, body)

    def get(self, key: str) -> bytes:
        return self._objects().get(key)

    def _objects(self) -> Objects:
        return Confined(self._open(self._tenant), claims_of(self._tenant))
