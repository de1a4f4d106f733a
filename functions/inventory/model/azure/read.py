"""An ARM resource, from whichever of Azure's services it comes, in the inventory's own terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.inventory.model.azure.ids import ArmId, arm_id
from functions.inventory.model.azure.types import spelt
from functions.inventory.model.azure.views import CREATED, MAKER, View, view_of
from functions.inventory.model.discovery import Kind, Listed, Problem
from functions.inventory.model.fitting import fitted
from functions.inventory.model.identity import GLOBAL
from functions.inventory.model.paths import getter
from functions.inventory.model.resource import ACTIVE, Facts, Subject
from functions.inventory.model.view import moment, owner_of, tags_of, verdict, words

PROVIDER = "azure"
DIRECTORY = "directory"
"""The account of what belongs to no subscription, such as a management group."""
SCALE_SET_MACHINE = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"


def listed(item: Mapping[str, Any], *, account: str = DIRECTORY) -> Listed | Problem:
    """A resource as ARM or Resource Graph describes it; ``account`` is where it was asked for.

    The configuration is the item whole. A thing without an ARM id is none that can be told apart.
    """
    known = arm_id(str(item.get("id") or ""))
    if known is None:
        return no_id(item, account)
    type_name = spelt(known.type, str(item.get("type") or ""))
    subject = subject_of(known._replace(type=type_name), item.get("location"), account=account)
    return Listed(subject, facts_of(known, type_name, item))


def subject_of(known: ArmId, location: object, *, account: str = DIRECTORY) -> Subject:
    """Which resource an id is of; its letter case and its region make no other of it."""
    return Subject(
        provider=PROVIDER,
        account=known.subscription or account,
        region=region_of(location),
        type=known.type,
        native_id=known.key,
    )


def region_of(location: object) -> str:
    """The region's programmatic name: ``East US 2`` is ``eastus2``."""
    return str(location).replace(" ", "").lower() if location else GLOBAL


def facts_of(known: ArmId, type_name: str, item: Mapping[str, Any]) -> Facts:
    """What a resource's description amounts to."""
    rows = view_of(type_name)
    tags = tags_of(item.get("tags"))
    configuration, partial = fitted(dict(item))
    return Facts(
        arn=known.text,
        name=str(item.get("name") or known.name),
        tags=tags,
        configuration=configuration,
        state=_state(rows, item),
        partial=partial,
        created_at=created_of(item),
        owner=owner_of(tags) or _text(getter(MAKER)(item)),
        public=public_of(rows, item),
        encrypted=verdict(rows.encrypted, item),
        size=next(filter(None, (words(template, item) for template in rows.size)), None),
    )


def created_of(item: Mapping[str, Any]) -> datetime | None:
    """When it was made, in whichever member its provider says so."""
    found = (moment(getter(path)(item)) for path in CREATED)
    # A .NET service that does not know says 0001-01-01.
    return next((one for one in found if one is not None and one.year > 1), None)


def public_of(rows: View, item: Mapping[str, Any]) -> bool | None:
    """Whether anyone reaches it: not where a rule says that it is private."""
    return False if verdict(rows.private, item) else verdict(rows.public, item)


def no_id(item: Mapping[str, Any], account: str) -> Problem:
    """What is said of a thing that has no ARM id."""
    return Problem(
        kind=Kind.NO_ID,
        service=PROVIDER,
        region=GLOBAL,
        type=str(item.get("type") or "")[:200],
        code="no-arm-id",
        message=f"{account}: id is {str(item.get('id'))[:120]!r}; an ARM id begins with /subscriptions/",
        hides=False,
    )


def _state(rows: View, item: Mapping[str, Any]) -> str:
    found = (_text(getter(path)(item)) for path in rows.state)
    # A machine's is ``PowerState/running``.
    return next((one.rpartition("/")[2] for one in found if one), "") or ACTIVE


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
