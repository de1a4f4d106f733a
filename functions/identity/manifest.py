"""Identity's functions: who is known, what they hold, and how they prove it."""

from __future__ import annotations

from steward.manifest import Function, Queue, Routes, Table

IDENTITY = Table("identity")
DIRECTORY = Table("directory")
ROOT = "/api/v1/identity"

FUNCTIONS = (
    Function(
        name="users-api",
        handler="functions.identity.handlers.users.handler",
        trigger=Routes(f"{ROOT}/users", f"{ROOT}/groups", f"{ROOT}/projects"),
        uses=(IDENTITY, DIRECTORY),
        publishes=(
            "identity.access.impersonated.v1",
            "identity.group.changed.v1",
            "identity.user.deleted.v1",
        ),
    ),
    Function(
        name="invitations-api",
        handler="functions.identity.handlers.invitations.handler",
        trigger=Routes(f"{ROOT}/invitations", f"{ROOT}/elevations"),
        uses=(IDENTITY, DIRECTORY),
        publishes=(
            "identity.access.elevated.v1",
            "identity.invitation.accepted.v1",
            "identity.invitation.created.v1",
        ),
    ),
    Function(
        name="keys-api",
        handler="functions.identity.handlers.keys.handler",
        trigger=Routes(f"{ROOT}/keys", f"{ROOT}/self", f"{ROOT}/services"),
        uses=(IDENTITY, DIRECTORY),
        publishes=("identity.user.deleted.v1",),
    ),
    Function(
        name="tenants-api",
        handler="functions.identity.handlers.tenants.handler",
        trigger=Routes(f"{ROOT}/tenants", f"{ROOT}/tenant"),
        uses=(IDENTITY, DIRECTORY),
        publishes=(
            "identity.invitation.created.v1",
            "identity.tenant.created.v1",
            "identity.tenant.resumed.v1",
            "identity.tenant.suspended.v1",
        ),
    ),
    Function(
        name="recount-group",
        handler="functions.identity.handlers.recount_group.handler",
        trigger=Queue(events=("identity.group.changed.v1",)),
        uses=(IDENTITY, DIRECTORY),
        publishes=("identity.group.changed.v1",),
    ),
    Function(
        name="forget-principal",
        handler="functions.identity.handlers.forget_principal.handler",
        trigger=Queue(events=("identity.user.deleted.v1",)),
        uses=(IDENTITY, DIRECTORY),
        publishes=("identity.user.deleted.v1",),
    ),
)
