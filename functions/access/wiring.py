"""The composition root: what the handlers of access work with, from one Work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from functions.access.model.policies import REVISIONS, Revision
from functions.access.ports import Publish
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.errors import Unauthenticated
from steward.identity import Caller
from steward.identity.directory import (
    ACCESS,
    KEYS,
    PRINCIPALS,
    Access,
    ApiKey,
    Principal,
    Standing,
)
from steward.privacy import Holding
from steward.store.work import Entities, Work


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The tenant's part of the directory."""

    access: Entities[Access]
    principals: Entities[Principal]
    keys: Entities[ApiKey]
    revisions: Entities[Revision]
    standing: Callable[[], Standing]


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of the use cases; ``caller`` is who asks."""

    register: Tenancy
    publish: Publish
    caller: Caller
    now: datetime


def wire(work: Work) -> Deps:
    """The dependencies of one request."""
    caller = work.scope.caller
    if caller is None:
        raise Unauthenticated("access: nobody asks; send a credential")
    return Deps(
        register=Tenancy(
            access=work.table("directory").of(ACCESS),
            principals=work.table("directory").of(PRINCIPALS),
            keys=work.table("directory").of(KEYS),
            revisions=work.table("access").of(REVISIONS),
            standing=lambda: _standing(work.tenant),
        ),
        publish=work.publish,
        caller=caller,
        now=work.now,
    )


def ground() -> Ground:
    """What access holds beside the directory, which is identity's to walk over."""
    return Ground("access", (Holding("access", REVISIONS),))


def _standing(tenant: str) -> Standing:
    known = current().directory.tenant(tenant)
    return Standing.ACTIVE if known is None else known.standing
