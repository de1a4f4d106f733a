"""What differs between development, staging and production."""

from __future__ import annotations

from dataclasses import dataclass


class UnknownContext(Exception):
    """A context value outside what the app knows; the message lists what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One deployment's name and its dials."""

    name: str
    keep: bool
    log_days: int
    budget: int
    """Monthly spend of the account, in US dollars, that raises a notice at 80 % and 100 %."""
    max_capacity: float
    """Aurora's ceiling, in ACUs of about 2 GiB of memory each."""
    nat_gateways: int
    lock_days: int
    """How long nobody, not even the account's root, can remove what is put under lock."""
    hosts: tuple[str, ...] = ()
    """The custom domains that the API answers to; without one, API Gateway's own name."""
    origins: tuple[str, ...] = ()
    """The exact origins whose pages may call the API."""
    proxies: tuple[str, ...] = ()
    """The networks of proxies before API Gateway whose X-Forwarded-For counts."""
    private_issuers: tuple[str, ...] = ()
    """The ``host:port`` of OpenID Connect issuers in private networks; others must be public."""
    public_url: str = ""
    """The address that people know the API by; without one, API Gateway's own."""
    sign_in: str = ""
    """How people sign in, such as ``accounts=on access=30m refresh=7d``; no local accounts by default."""
    limits: str = "caller=100/minute"
    """Rate limits, such as ``caller=300/minute search=5/second``; what it does not name is as by default."""


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            name="dev",
            keep=False,
            log_days=7,
            budget=50,
            max_capacity=2,
            nat_gateways=1,
            lock_days=1,
        ),
        Environment(
            name="staging",
            keep=True,
            log_days=30,
            budget=100,
            max_capacity=4,
            nat_gateways=1,
            lock_days=30,
        ),
        # Audits of accounts reach seven years back. One gateway a zone: a lost zone must not cut the
        # other one off.
        Environment(
            name="production",
            keep=True,
            log_days=90,
            budget=500,
            max_capacity=16,
            nat_gateways=2,
            lock_days=7 * 366,
        ),
    )
}


def environment(name: str) -> Environment:
    """The environment of that name.

    Raises:
        UnknownContext: there is none.
    """
    if name not in ENVIRONMENTS:
        raise UnknownContext(f"env is {name!r}; use one of {', '.join(ENVIRONMENTS)}")
    return ENVIRONMENTS[name]
