"""Which of the reader's permissions an AWS account really gives: asked of IAM, else tried one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from functions.inventory.adapters.discovery import catalogue
from functions.inventory.model.catalogue import Row, Scope
from functions.inventory.model.claims import CloudAccount
from functions.inventory.model.discovery import Call, Interrupted, Kind, Refused
from functions.inventory.model.iam_actions import OPTIONAL, action_of, all_actions
from functions.inventory.model.regions import HOMES
from functions.inventory.ports import Cloud

AT_ONCE: Final = 50
NAMED: Final = 100
"""Missing permissions that are named; more are counted."""


class Probed(NamedTuple):
    """Permissions that are missing, what else is wrong, and how many were looked at."""

    missing: tuple[str, ...]
    problems: tuple[str, ...] = ()
    checked: int = 0


def missing_permissions(cloud: Cloud, account: CloudAccount) -> Probed:
    """What the reader may not do of all that the catalogue takes.

    IAM's simulator knows of policies and of the organisation's own, and reads nothing. Where the reader may
    not ask it, one listing of each service is tried.

    Raises:
        Transient: AWS does not answer.
    """
    home = HOMES[account.reader.split(":")[1]]
    wanted = [action for action in all_actions(_rows()) if action not in OPTIONAL]
    if account.organization:
        wanted += sorted(OPTIONAL)
    try:
        denied = sorted(_simulated(cloud, account.reader, wanted, home))
    except (Refused, Interrupted):
        return _tried(cloud, home)
    return _named(denied, checked=len(wanted))


def _simulated(cloud: Cloud, role: str, actions: Sequence[str], home: str) -> Iterator[str]:
    for start in range(0, len(actions), AT_ONCE):
        request: dict[str, Any] = {
            "PolicySourceArn": role,
            "ActionNames": list(actions[start : start + AT_ONCE]),
        }
        while True:
            answer = cloud.ask(Call("iam", home, "SimulatePrincipalPolicy", request))
            for one in answer["EvaluationResults"]:
                if one["EvalDecision"] != "allowed":
                    yield one["EvalActionName"]
            if not answer.get("IsTruncated"):
                break
            request = {**request, "Marker": answer["Marker"]}


def _tried(cloud: Cloud, home: str) -> Probed:
    denied: list[str] = []
    problems: list[str] = []
    rows = list(_cheapest())
    for row in rows:
        try:
            cloud.ask(_probe(row, home))
        except Refused as error:
            if error.problem.kind is Kind.DENIED:
                denied.append(action_of(row.service, row.listing.call))
        except Interrupted as error:
            problems.append(str(error.problem))
    return _named(sorted(denied), checked=len(rows), problems=tuple(problems[:20]))


def _probe(row: Row, home: str) -> Call:
    region = row.regions[0] if row.regions and row.scope is Scope.GLOBAL else home
    return Call(row.service, region, row.listing.call, dict(row.listing.send))


def _cheapest() -> Iterator[Row]:
    """A listing of each service that takes nothing but its own name."""
    for name in catalogue.services():
        plain = (
            row
            for row in catalogue.service(name).types
            if not row.under and "{" not in str(dict(row.listing.send).values())
        )
        found = next(plain, None)
        if found is not None:
            yield found


def _rows() -> Iterator[Row]:
    for name in catalogue.services():
        yield from catalogue.service(name).types


def _named(denied: Sequence[str], *, checked: int, problems: tuple[str, ...] = ()) -> Probed:
    more = len(denied) - NAMED
    note = (f"and {more} more permissions are missing",) if more > 0 else ()
    return Probed(tuple(denied[:NAMED]), (*problems, *note), checked)
