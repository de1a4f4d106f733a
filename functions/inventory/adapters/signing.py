"""Signature Version 4 with each step taken once: botocore goes over the headers of a request four times.

Source: AWS General Reference, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.auth import (
    AUTH_TYPE_MAPS,
    SIGNED_HEADERS_BLACKLIST,
    SIGV4_TIMESTAMP,
    S3SigV4Auth,
    SigV4Auth,
)
from botocore.compat import get_current_datetime
from botocore.exceptions import NoCredentialsError

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_PLAIN, _OF_S3 = "steward-v4", "steward-s3v4"
_S3_NAMES: Final = frozenset({"s3", "s3-outposts", "s3-object-lambda", "s3express"})
_PORTS: Final = {"http": 80, "https": 443}


def sign_quickly(client: Any) -> None:
    """Have a client's requests signed here, those that take a plain signature."""
    AUTH_TYPE_MAPS.setdefault(_PLAIN, Signer)
    AUTH_TYPE_MAPS.setdefault(_OF_S3, S3Signer)
    client.meta.events.register_first("choose-signer.*.*", _chosen)


def _chosen(
    signature_version: Any, signing_name: str, context: Mapping[str, Any], **_: Any
) -> str | None:
    wanted = context.get("auth_type") or signature_version
    # All else is botocore's: no signature, a bearer's token, several regions, a body left unsigned.
    if wanted not in ("v4", "s3v4") or context.get("unsigned_payload"):
        return None
    return _OF_S3 if signing_name in _S3_NAMES else _PLAIN


class _Once:
    """The steps of a signature, each taken once."""

    def add_auth(self: Any, request: Any) -> None:
        """Sign a request.

        Raises:
            NoCredentialsError: there is nothing to sign it with.
        """
        if self.credentials is None:
            raise NoCredentialsError
        instant = request.context["timestamp"] = get_current_datetime().strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        headers = _signed(request)
        names = ";".join(headers)
        canonical = self._canonical(request, headers, names)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        scope = f"{instant[:8]}/{self._region_name}/{self._service_name}/aws4_request"
        key = _key(self.credentials.secret_key, instant[:8], self._region_name, self._service_name)
        text = f"{_ALGORITHM}\n{instant}\n{scope}\n{digest}"
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        request.headers["Authorization"] = (
            f"{_ALGORITHM} Credential={self.credentials.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )

    def payload(self: Any, request: Any) -> str:
        """The hash of the body, or what stands for it."""
        data = request.data
        # What botocore would do first is to make the whole request, a second time.
        trailing = self._is_streaming_checksum_payload(request)
        if type(data) is not bytes or trailing or not self._should_sha256_sign_payload(request):
            return str(super().payload(request))  # type: ignore[misc] # botocore's, beside this one
        return hashlib.sha256(data).hexdigest()

    def _canonical(self: Any, request: Any, headers: Mapping[str, str], names: str) -> str:
        path = self._normalize_url_path(urlsplit(request.url).path)
        lines = "\n".join(f"{name}:{value}" for name, value in headers.items())
        body = request.headers.get("X-Amz-Content-SHA256") or self.payload(request)
        query = self.canonical_query_string(request)
        return f"{request.method.upper()}\n{path}\n{query}\n{lines}\n\n{names}\n{body}"


class Signer(_Once, SigV4Auth):  # type: ignore[misc] # botocore has no types
    """The signature of every service but S3."""


class S3Signer(_Once, S3SigV4Auth):  # type: ignore[misc] # botocore has no types
    """The signature of S3, which leaves paths as they are and tells the body's hash."""


def _signed(request: Any) -> dict[str, str]:
    """The headers that are signed, by name, in the order of their names."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        lower = name.lower()
        if lower in SIGNED_HEADERS_BLACKLIST:
            continue
        text = value.decode() if isinstance(value, bytes) else str(value)
        text = " ".join(text.split())
        found[lower] = f"{found[lower]},{text}" if lower in found else text
    found.setdefault("host", _host(request.url))
    return dict(sorted(found.items()))


@lru_cache(maxsize=256)
def _host_of(scheme: str, netloc: str) -> str:
    parts = urlsplit(f"{scheme}://{netloc}")
    name = parts.hostname or ""
    name = f"[{name}]" if ":" in name else name
    return name if parts.port in (None, _PORTS.get(scheme)) else f"{name}:{parts.port}"


def _host(url: str) -> str:
    parts = urlsplit(url)
    return _host_of(parts.scheme, parts.netloc)


@lru_cache(maxsize=256)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    """The key of a day, a region and a service."""
    key = f"AWS4{secret}".encode()
    for word in (day, region, service, "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key
