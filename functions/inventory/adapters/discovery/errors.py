"""Errors of boto3 as what they mean for a discovery."""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own, and meant
    EndpointConnectionError,
    EndpointProviderError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    UnknownRegionError,
    UnknownServiceError,
)

from functions.inventory.model.discovery import PASSING, Call, Interrupted, Kind, Problem, Refused

_CODES = {
    Kind.THROTTLED: re.compile(
        r"throttl|TooManyRequests|RequestLimitExceeded|SlowDown|BandwidthLimitExceeded"
        r"|PriorRequestNotComplete|ProvisionedThroughputExceeded|RequestThrottled|RateExceeded",
        re.IGNORECASE,
    ),
    Kind.EXPIRED: re.compile(r"ExpiredToken|RequestExpired|TokenRefreshRequired|TokenExpired"),
    Kind.NOT_ENABLED: re.compile(
        r"OptInRequired|SubscriptionRequired|UnsupportedUserEdition|OrganizationsNotInUse"
        r"|UnrecognizedClient|InvalidClientTokenId|AuthFailure|NotSignedUp|InvalidAccessException"
        r"|AccountSubscriptionRequired|DomainNotWhitelisted"
    ),
    Kind.DENIED: re.compile(
        r"AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|Forbidden|SignatureDoesNotMatch",
        re.IGNORECASE,
    ),
    Kind.UNSUPPORTED: re.compile(
        r"UnsupportedOperation|InvalidAction|UnknownOperation|NotImplemented|UnsupportedRegion"
        r"|UnknownEndpoint|FeatureNotAvailable|ServiceNotAvailableInRegion",
    ),
}
_OFF = re.compile(
    r"not (?:yet )?(?:been )?(?:enabled|subscribed|signed up|activated|opted in)", re.IGNORECASE
)
_STATUSES = {401: Kind.DENIED, 403: Kind.DENIED, 429: Kind.THROTTLED}
_BROKEN_FROM = 500
_MESSAGE = 500


def failure(error: Exception, call: Call, *, endpoint: bool) -> Refused | Interrupted:
    """What to raise for an error of boto3's; ``endpoint``: whether the service is known to be there."""
    kind, code, message = _read(error, endpoint=endpoint)
    problem = Problem(
        kind=kind,
        service=call.service,
        region=call.region,
        operation=call.operation,
        code=code,
        message=message[:_MESSAGE],
    )
    return Interrupted(problem) if kind in PASSING else Refused(problem)


def _read(error: Exception, *, endpoint: bool) -> tuple[Kind, str, str]:
    name = type(error).__name__
    if isinstance(error, ClientError):
        return _answered(error.response)
    if isinstance(error, EndpointConnectionError):
        return (Kind.UNREACHABLE if endpoint else Kind.UNSUPPORTED), name, str(error)
    if isinstance(error, HTTPClientError | ConnectionError):
        return Kind.UNREACHABLE, name, str(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Kind.DENIED, name, str(error)
    if isinstance(error, UnknownServiceError | UnknownRegionError):
        return Kind.UNSUPPORTED, name, str(error)
    if isinstance(error, ParamValidationError | EndpointProviderError):
        return Kind.REFUSED, name, str(error)
    return Kind.BROKEN, name, str(error)


def _answered(response: Any) -> tuple[Kind, str, str]:
    error = response.get("Error") or {}
    code, message = str(error.get("Code") or "Unknown"), str(error.get("Message") or "")
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0
    return _kind(code, message, status), code, message


def _kind(code: str, message: str, status: int) -> Kind:
    for kind, pattern in _CODES.items():
        if pattern.search(code):
            # A service that is off says so in words, under a code that means no permission elsewhere.
            return Kind.NOT_ENABLED if kind is Kind.DENIED and _OFF.search(message) else kind
    if status >= _BROKEN_FROM:
        return Kind.BROKEN
    return _STATUSES.get(status, Kind.REFUSED)
