"""Cloud accounts that a tenant claims: how they are entered, and what is proven of them."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, StringConstraints

from functions.inventory.model.resource import Frozen
from steward.errors import BadInput
from steward.identity.directory import account_id
from steward.identity.items import Facts

PENDING_FOR: Final = timedelta(days=14)
"""A claim that nobody proves is forgotten: it holds nobody up, and nothing is kept of it."""
HELD_FOR: Final = timedelta(days=7)
"""How long a proof counts against another tenant's: who can enter the account no more has lost it."""
ELSEWHERE: Final = (
    f"its events go to another tenant, which has proven within {HELD_FOR.days} days that the account is its "
    "own; it has to be removed there first, or its role there"
)
TRIES: Final = 3
"""Checks in a row that fail before an account is suspended."""
READER_ROLE: Final = "StewardReader"
ACTOR_ROLE: Final = "StewardActor"

Provider = Literal["aws", "azure", "gcp"]
# Steward's own policy lets it assume roles of such names alone.
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/Steward[\w+=,.@-]{0,57}")
# Source: AWS, Azure and Google Cloud on account, subscription and project ids.
_ACCOUNTS = {
    "aws": (re.compile(r"\d{12}"), "twelve digits"),
    "azure": (re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "a UUID"),
    "gcp": (re.compile(r"([a-z0-9.\-]+:)?[a-z][a-z0-9\-]{4,28}[a-z0-9]|\d{6,20}"), "a project id"),
}
_READERS = {
    "azure": (re.compile(r"[0-9a-fA-F-]{36}/[0-9a-fA-F-]{36}"), "DIRECTORY/CLIENT, two UUIDs"),
    "gcp": (
        re.compile(r"\d{6,20}/[a-z0-9\-]+@[a-z0-9.\-]+\.gserviceaccount\.com"),
        "NUMBER/ADDRESS, the pool's project number and the service account's address",
    ),
}


class AccountState(StrEnum):
    """What is proven of a claim.

    ``pending``: nothing yet. ``verified``: it was entered, and everything may be read. ``degraded``: it
    was entered and not everything may be read, or the last check failed. ``suspended``: it is not
    entered, because checks kept failing, its owner closed it, or somebody said so.
    """

    PENDING = "pending"
    VERIFIED = "verified"
    DEGRADED = "degraded"
    SUSPENDED = "suspended"


class Verdict(Frozen):
    """What a check found: whether the account lets us in, and whether only with our external id.

    ``missing`` are permissions of the reader that it lacks; ``problems`` say what else is wrong.
    """

    entered: bool
    guarded: bool
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    checked: int = 0
    """How many permissions were looked at."""

    @property
    def proves(self) -> bool:
        """Whether it shows that whoever gave the tenant the role meant this tenant."""
        return self.entered and self.guarded


class NewAccount(Frozen):
    """A cloud account to claim: an AWS account, an Azure subscription or a GCP project.

    ``reader`` is what it is read by: an AWS role's ARN, an Azure directory and client, a GCP
    project number and service account;
    for AWS the role of the template when absent. An ``organization`` claims all that belong to it.
    """

    provider: Provider = "aws"
    account: Annotated[
        str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:\-]+$")
    ]
    reader: Annotated[str, StringConstraints(max_length=600)] = ""
    actor: Annotated[str, StringConstraints(max_length=600)] = ""
    organization: Annotated[
        str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9/_.\-]*$")
    ] = ""


class CloudAccount(Frozen):
    """A claimed account. ``external_id`` and ``actor_external_id`` are what its roles ask of us.

    ``proven_at`` is the last time that we got in by the role and not without the external id; ``vouched``
    says that the tenant which runs the installation is taken at its word. ``members_at`` is when its
    organisation was last gone through.
    """

    provider: str
    account: str
    name: str = ""
    state: AccountState = AccountState.PENDING
    organization: str = ""
    member_of: str = ""
    reader: str
    external_id: str
    actor: str = ""
    actor_external_id: str
    added_at: AwareDatetime
    added_by: str
    checked_at: AwareDatetime | None = None
    proven_at: AwareDatetime | None = None
    vouched: bool = False
    failures: int = 0
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    suspended_by: str = ""
    members_at: AwareDatetime | None = None

    @property
    def id(self) -> str:
        """Provider and account in one."""
        return account_id(self.provider, self.account)

    @property
    def forgotten_at(self) -> AwareDatetime | None:
        """When an unproven claim is dropped; one that is vouched for stays."""
        unproven = self.state is AccountState.PENDING and not self.vouched
        return self.added_at + PENDING_FOR if unproven else None

    @property
    def readable(self) -> bool:
        """Whether a sweep may enter it."""
        return self.state in (AccountState.VERIFIED, AccountState.DEGRADED)

    def checked(self, verdict: Verdict, *, now: AwareDatetime) -> Self:
        """The account after a check."""
        failures = 0 if verdict.proves else self.failures + 1
        return self.model_copy(
            update={
                "state": self._after(verdict, failures),
                "checked_at": now,
                "proven_at": now if verdict.proves else self.proven_at,
                "failures": failures,
                "missing": verdict.missing,
                "problems": verdict.problems,
                "suspended_by": "",
            }
        )

    def suspended(self, *, by: str, reason: str) -> Self:
        """The account, entered no more until it is verified again."""
        return self.model_copy(
            update={
                "state": AccountState.SUSPENDED,
                "suspended_by": by,
                "problems": (reason,),
            }
        )

    def _after(self, verdict: Verdict, failures: int) -> AccountState:
        if verdict.proves:
            complete = not verdict.missing and not verdict.problems
            return AccountState.VERIFIED if complete else AccountState.DEGRADED
        if self.proven_at is None:
            return AccountState.PENDING
        return AccountState.SUSPENDED if failures >= TRIES else AccountState.DEGRADED


class AccountView(Frozen):
    """A claimed account as the API shows it."""

    provider: Provider
    account: str
    name: str
    state: AccountState
    organization: str
    member_of: str
    reader: str
    external_id: str
    actor: str
    actor_external_id: str
    added_at: AwareDatetime
    added_by: str
    checked_at: AwareDatetime | None
    proven_at: AwareDatetime | None
    routed: bool
    missing: tuple[str, ...]
    problems: tuple[str, ...]
    members_at: AwareDatetime | None

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(account_id(self.provider, self.account), self.provider, self.account)


def view_of(account: CloudAccount, *, routed: bool) -> AccountView:
    """An account as the API shows it; ``routed`` says whether its events come to the tenant."""
    plain = account.model_dump(include=set(AccountView.model_fields))
    if account.proven_at is not None and not routed:
        plain["problems"] = (*account.problems, ELSEWHERE)
    return AccountView.model_validate({**plain, "routed": routed})


def check_names(wanted: NewAccount) -> None:
    """Refuse what cannot be an account of its provider, or a role of another account.

    Raises:
        BadInput: the field at fault is named.
    """
    pattern, rule = _ACCOUNTS[wanted.provider]
    if not pattern.fullmatch(wanted.account):
        raise BadInput(f"{wanted.provider} account {wanted.account[:64]!r}: use {rule}")
    for field in ("reader", "actor"):
        value = getattr(wanted, field)
        if value:
            _check_role(wanted, field, value)


def default_reader(provider: str, account: str) -> str:
    """The reader that the template makes, where its name follows from the account."""
    return f"arn:aws:iam::{account}:role/{READER_ROLE}" if provider == "aws" else ""


def _check_role(wanted: NewAccount, field: str, value: str) -> None:
    if wanted.provider != "aws":
        pattern, rule = _READERS[wanted.provider]
        if not pattern.fullmatch(value):
            raise BadInput(f"{field} {value[:120]!r}: use {rule}")
        return
    role = _ROLE.fullmatch(value)
    if role is None:
        raise BadInput(
            f"{field} {value[:120]!r}: use a role's ARN, arn:aws:iam::ACCOUNT:role/Steward..."
        )
    if role[1] != wanted.account:
        raise BadInput(
            f"{field} {value[:120]!r}: a role of account {role[1]}; only a role of "
            f"{wanted.account} itself proves whose it is"
        )
