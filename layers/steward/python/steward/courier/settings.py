"""How a sender is set up, from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_MEGABYTE = 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Misconfigured(Exception):  # as the rest of Steward names its errors
    """A setting is missing or breaks its rule; the message says which, and what is right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to deliver, for which audience tokens are asked, and where to keep what cannot go yet.

    A spool that is not ``durable`` ends with the instance: then the platform has to bring again what could
    not go. ``projects`` gives the ids of Google's project numbers.
    """

    url: str
    tenant: str
    audience: str
    spool: Path
    spool_bytes: int
    projects: Mapping[str, str]
    durable: bool = True

    @property
    def door(self) -> str:
        """The tenant's address at the control plane."""
        return f"{self.url}/intake/{self.tenant}"


def settings_from(environ: Mapping[str, str]) -> Settings:
    """The settings that the environment describes.

    Raises:
        Misconfigured: one is missing or breaks its rule.
    """
    url = _required(environ, "STEWARD_URL").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise Misconfigured(f"STEWARD_URL {url[:80]!r}: use https://; http is for loopback alone")
    megabytes = environ.get("STEWARD_SPOOL_MB", "256")
    if not megabytes.isdecimal() or not int(megabytes):
        raise Misconfigured(
            f"STEWARD_SPOOL_MB {megabytes[:20]!r}: use a number of megabytes, 1 or more"
        )
    return Settings(
        url=url,
        tenant=_required(environ, "STEWARD_TENANT"),
        audience=_required(environ, "STEWARD_AUDIENCE"),
        # Where nothing is mounted, a folder of the instance: it lives as long as that.
        spool=Path(environ.get("STEWARD_SPOOL", "/tmp/steward-spool")),  # noqa: S108
        spool_bytes=int(megabytes) * _MEGABYTE,
        projects=_pairs(environ.get("STEWARD_PROJECTS", "")),
        durable="STEWARD_SPOOL" in environ,
    )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise Misconfigured(f"{name}: is missing; the Terraform module sets it")
    return value


def _pairs(text: str) -> dict[str, str]:
    found = (word.partition("=") for word in text.replace(",", " ").split())
    pairs = {number: id_ for number, equals, id_ in found if equals}
    wrong = next((number for number in pairs if not number.isdecimal()), None)
    if wrong is not None:
        raise Misconfigured(f"STEWARD_PROJECTS {wrong[:40]!r}: use NUMBER=ID, separated by commas")
    return pairs
