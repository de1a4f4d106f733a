"""The ports that a function gets when embedded, with the manifest's grants enforced."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Protocol

from steward.edge.armour import armour_from
from steward.edge.limiter import Limiter
from steward.edge.resources import Clock, Directory, Resources, random_id
from steward.errors import NotFound, NotGranted
from steward.local.bus import ACCOUNT, REGION
from steward.manifest import Access, Bucket, Dataset, Function, Secret, Signer
from steward.objects import Confined, ObjectClaims, ObjectHead, Objects, folder, folder_of
from steward.secrets import FileSecrets
from steward.store.records import Store

if TYPE_CHECKING:
    from steward.signing import FileSigner, Signature

CLAIMS = "claims"


class Host(Protocol):
    """What a function asks of the runtime around it."""

    def bury(self, body: str, reason: Mapping[str, str]) -> None:
        """Keep a message's body with the dead letters."""
        ...

    def announce(self, envelope: Mapping[str, Any]) -> None:
        """Put a raw event on the default bus."""
        ...


class Ports:
    """Makes the resources of each function over one data folder."""

    def __init__(self, data: Path, *, store: Store, host: Host, clock: Clock) -> None:
        self.data = data
        self._host = host
        self._clock = clock
        self._store = store
        self._claims = claims_of(data)
        self._directory = Directory(store, clock)
        self._limiter = Limiter(store)
        # The front has looked at the host already: it alone knows what the port is bound to.
        self._armour = replace(armour_from(os.environ), hosts=None)
        self.committed: Callable[[Any], None] | None = None

    def of(self, function: Function) -> Resources:
        """The resources of one function."""
        return Resources(
            function=function,
            store=self._store,
            claims=self._claims,
            secrets=GrantedSecrets(function, FileSecrets(self.data / "secrets")),
            buckets=lambda name, tenant: Confined(self._bucket(function, name), folder_of(tenant)),
            dead_letters=_DeadLetters(self._host),
            directory=self._directory,
            limiter=self._limiter,
            armour=self._armour,
            clock=self._clock,
            new_id=random_id,
            environment="embedded",
            signers=lambda name: self._signer(function, name),
            committed=self._committed,
        )

    def forget(self) -> None:
        """Read the directory anew."""
        self._directory.forget()

    def _committed(self, transactions: Any) -> None:
        if self.committed is not None:
            self.committed(transactions)

    def _signer(self, function: Function, name: str) -> GrantedSigner:
        from steward.signing import FileSigner  # 100 ms of cryptography, paid by those who sign

        rsa = any(isinstance(r, Signer) and r.name == name and r.rsa for r in function.uses)
        signer = FileSigner(FileSecrets(self.data / "secrets"), f"signers/{name}", rsa_key=rsa)
        return GrantedSigner(function, name, signer)

    def _bucket(self, function: Function, name: str) -> Objects:
        for resource in function.uses:
            if isinstance(resource, Bucket | Dataset) and resource.name == name:
                objects = open_bucket(self.data, name, self._host.announce, clock=self._clock)
                return (
                    objects
                    if resource.access is Access.READ_WRITE
                    else _ReadOnly(function, objects)
                )
        raise NotGranted(
            f"function {function.id}: bucket {name!r} is not among its uses; declare it in the manifest"
        )


class GrantedSecrets:
    """Secrets below a granted name only: ``Secret("notify")`` grants ``notify`` and ``notify/...``."""

    def __init__(self, function: Function, secrets: FileSecrets) -> None:
        self._function = function
        self._secrets = secrets

    def get(self, name: str) -> str:
        """The current value; a generated one is made when it is first read."""
        self._check(name, write=False)
        try:
            return self._secrets.get(name)
        except NotFound:
            if not any(
                isinstance(r, Secret) and r.generated and r.name == name
                for r in self._function.uses
            ):
                raise
            return self._secrets.create(name, token_urlsafe(48))

    def put(self, name: str, value: str) -> None:
        """Set the value."""
        self._check(name, write=True)
        self._secrets.put(name, value)

    def delete(self, name: str) -> None:
        """Remove the value."""
        self._check(name, write=True)
        self._secrets.delete(name)

    def _check(self, name: str, *, write: bool) -> None:
        for resource in self._function.uses:
            if not isinstance(resource, Secret):
                continue
            inside = name == resource.name or name.startswith(f"{resource.name}/")
            if inside and (resource.access is Access.READ_WRITE or not write):
                return
        raise NotGranted(
            f"function {self._function.id}: secret {name!r} is not among its uses"
            f"{' for writing' if write else ''}; declare it in the manifest"
        )


class GrantedSigner:
    """A signing key, as far as the manifest grants it.

    Raises:
        NotGranted: the function's manifest does not name the signer.
    """

    def __init__(self, function: Function, name: str, signer: FileSigner) -> None:
        granted = [r for r in function.uses if isinstance(r, Signer) and r.name == name]
        if not granted:
            raise NotGranted(
                f"function {function.id}: signer {name!r} is not among its uses; declare it in the "
                "manifest"
            )
        self._signs = granted[0].access is Access.READ_WRITE
        self._function = function
        self._signer = signer
        self.public_key = signer.public_key

    def sign(self, message: bytes) -> Signature:
        """Sign the message."""
        if not self._signs:
            raise NotGranted(
                f"function {self._function.id}: may only read the public key; declare "
                "Access.READ_WRITE in the manifest to sign"
            )
        return self._signer.sign(message)


class _ReadOnly:
    def __init__(self, function: Function, objects: Objects) -> None:
        self._function = function
        self._objects = objects
        self.get = objects.get
        self.list = objects.list
        self.download = objects.download
        self.place = objects.place

    def put(self, key: str, body: bytes) -> ObjectHead:
        raise self._refusal(f"put {len(body)} bytes at {key!r}")

    def add(self, key: str, body: bytes) -> bool:
        raise self._refusal(f"add {len(body)} bytes at {key!r}")

    def delete(self, key: str) -> None:
        raise self._refusal(f"delete {key!r}")

    def upload(self, key: str, source: Path) -> ObjectHead:
        raise self._refusal(f"upload {source.name!r} to {key!r}")

    def _refusal(self, what: str) -> NotGranted:
        return NotGranted(
            f"function {self._function.id}: may not {what}; the bucket is granted for reading only"
        )


class _DeadLetters:
    def __init__(self, host: Host) -> None:
        self._host = host

    def send(self, body: str, *, reason: Mapping[str, str]) -> None:
        self._host.bury(body, reason)


def claims_of(data: Path) -> ObjectClaims:
    """Where bodies too large for a message are kept."""
    bucket: list[Objects] = []

    def opened(_tenant: str) -> Objects:
        if not bucket:
            bucket.append(folder(data / "objects" / CLAIMS))
        return bucket[0]

    return ObjectClaims(opened)


def open_bucket(
    data: Path, name: str, announce: Callable[[Mapping[str, Any]], None], *, clock: Clock
) -> Objects:
    """A bucket below the data folder; every object put into it is announced as S3 does."""
    return folder(
        data / "objects" / name,
        created=lambda head: announce(object_created(name, head, at=clock())),
    )


def object_created(bucket: str, head: ObjectHead, *, at: datetime) -> dict[str, Any]:
    """S3's "Object Created" event.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    # S3's sequencer orders the writes of one key; so does the time in nanoseconds here.
    sequencer = f"{int(at.timestamp() * 1_000_000):016X}"
    return {
        "version": "0",
        "id": f"{bucket}-{sequencer}-{head.etag}"[:64],
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {
                "key": head.key,
                "size": head.size,
                "etag": head.etag,
                "sequencer": sequencer,
            },
            "request-id": random_id()[:16].upper(),
            "requester": ACCOUNT,
            "source-ip-address": "127.0.0.1",
            "reason": "PutObject",
        },
    }
