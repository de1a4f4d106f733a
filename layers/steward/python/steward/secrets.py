"""Secret values by name: Secrets Manager on AWS, files only their owner can read when embedded."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any, Protocol

from steward.errors import BadInput, NotFound, Throttled, Transient

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.-]{0,200}")


class Secrets(Protocol):
    """Values that never appear in state, logs or events; those hold the name only."""

    def get(self, name: str) -> str:
        """The current value.

        Raises:
            NotFound: there is none of that name.
        """
        ...

    def put(self, name: str, value: str) -> None:
        """Set the value, new or in the place of the old."""
        ...

    def delete(self, name: str) -> None:
        """Remove the value; one that is not there is no error."""
        ...


class FileSecrets:
    """One file of mode 0600 per secret below a folder of mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> str:
        """The current value."""
        try:
            return self._path(name).read_text("utf-8")
        except FileNotFoundError as error:
            raise NotFound(f"secret {name!r}: not there; put it first") from error

    def put(self, name: str, value: str) -> None:
        """Set the value; a reader sees the old or the new, never a part."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def create(self, name: str, value: str) -> str:
        """Set the value unless there is one; the value that stands, whoever was first."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.first")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, leaves alone what is there; what it makes is whole.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
        return self.get(name)

    def delete(self, name: str) -> None:
        """Remove the value."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        _check_name(name)
        return self._folder / name


class ManagedSecrets:
    """Secrets Manager, below one prefix; ``client`` is boto3's ``secretsmanager``."""

    def __init__(self, client: Any, *, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def get(self, name: str) -> str:
        """The current value."""
        answer = self._call("get_secret_value", name, SecretId=self._id(name))
        return str(answer["SecretString"])

    def put(self, name: str, value: str) -> None:
        """Set the value."""
        try:
            self._call("put_secret_value", name, SecretId=self._id(name), SecretString=value)
        except NotFound:
            self._call("create_secret", name, Name=self._id(name), SecretString=value)

    def delete(self, name: str) -> None:
        """Remove the value, recoverable for seven days."""
        try:
            self._call("delete_secret", name, SecretId=self._id(name), RecoveryWindowInDays=7)
        except NotFound:
            return

    def _id(self, name: str) -> str:
        _check_name(name)
        return f"{self._prefix}/{name}"

    def _call(self, operation: str, name: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client, operation)(**arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ResourceNotFoundException":
                raise NotFound(f"secret {name!r}: not there; put it first") from error
            if "Throttling" in code:
                raise Throttled(f"secret {name!r}: {code}") from error
            raise Transient(f"secret {name!r}: {code}") from error
        except BotoCoreError as error:
            raise Transient(f"secret {name!r}: {error}") from error


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or ".." in name:
        raise BadInput(f"secret name {name[:60]!r}: use letters, digits and / _ . - only")
