"""What access deploys: a tenant's own policies, and why somebody may or may not do something."""

from __future__ import annotations

from steward.manifest import EXPORTS, WALKS, Access, Function, Routes, Table, errands

CHANGED = "access.policy.changed.v1"

FUNCTIONS = (
    Function(
        name="access-api",
        handler="functions.access.handlers.api.handler",
        trigger=Routes(
            "/api/v1/access/explain",
            "/api/v1/access/policies",
            "/api/v1/access/templates",
            "/api/v1/access/versions",
        ),
        uses=(Table("access"), Table("directory", Access.READ_WRITE)),
        publishes=(CHANGED,),
    ),
    Function(
        name="walk-data",
        handler="functions.access.handlers.walk_data.handler",
        trigger=errands("access"),
        uses=(Table("access"), EXPORTS),
        publishes=WALKS,
        timeout=60,
    ),
)
