"""Identity's functions: who is known, what they hold, and how they prove it."""

from __future__ import annotations

from steward.manifest import (
    EXPORTS,
    WALKS,
    Access,
    Function,
    Queue,
    Routes,
    Schedule,
    Secret,
    Signer,
    Table,
    errands,
)

IDENTITY = Table("identity")
DIRECTORY = Table("directory")
ROOT = "/api/v1/identity"
CONCERNS = ("access", "cost", "hooks", "identity", "intake", "inventory", "notify", "policy")
"""Who keeps something of tenants and persons, and reports when a job about them is done."""

RETAINED = {
    "cost.anomalies": (90, 3650),
    "cost.kept": (30, 400),
    "cost.owners": (30, 3650),
    "cost.prices": (60, 3650),
    "cost.recommendations": (30, 3650),
    "cost.samples": (30, 400),
    "identity.elevations": (90, 3650),
    "identity.invitations": (1, 400),
    "notify.deliveries": (7, 400),
    "policy.scores": (90, 3650),
}
"""What a tenant may set the retention of, by table and collection, with the fewest and most days."""

FEDERATION = Signer("federation", Access.READ, rsa=True)
SIGNING = Secret("signing-keys", Access.READ_WRITE, family=True)
# How the installation signs people in, and by which address they know it: the deployment says.
SIGN_IN = {"STEWARD_PUBLIC_URL": "none", "STEWARD_SIGN_IN": "none"}

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
        uses=(IDENTITY, DIRECTORY, EXPORTS),
        system=True,
        publishes=(
            "identity.closing.due.v1",
            "identity.invitation.created.v1",
            "identity.retention.swept.v1",
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
    Function(
        name="sweep-retention",
        handler="functions.identity.handlers.sweep_retention.handler",
        trigger=Schedule("rate(1 day)"),
        uses=(IDENTITY, DIRECTORY),
        publishes=("identity.retention.due.v1", "identity.retention.swept.v1"),
    ),
    Function(
        name="continue-sweep",
        handler="functions.identity.handlers.continue_sweep.handler",
        trigger=Queue(events=("identity.retention.swept.v1",)),
        uses=(IDENTITY, DIRECTORY),
        publishes=("identity.retention.due.v1", "identity.retention.swept.v1"),
        system=True,
    ),
    Function(
        name="privacy-api",
        handler="functions.identity.handlers.privacy.handler",
        trigger=Routes(f"{ROOT}/privacy"),
        uses=(IDENTITY, DIRECTORY, EXPORTS),
        publishes=(
            "identity.person.erased.v1",
            "identity.person.export-requested.v1",
            "identity.user.deleted.v1",
        ),
    ),
    Function(
        name="collect-walk",
        handler="functions.identity.handlers.collect_walk.handler",
        trigger=Queue(events=("identity.walk.finished.v1",)),
        uses=(IDENTITY, DIRECTORY, EXPORTS),
        system=True,
        publishes=("identity.closing.due.v1", "identity.tenant.closed.v1"),
    ),
    Function(
        name="step-closing",
        handler="functions.identity.handlers.step_closing.handler",
        trigger=Queue(events=("identity.closing.due.v1",)),
        uses=(IDENTITY, DIRECTORY, EXPORTS),
        system=True,
        publishes=(
            "identity.closing.due.v1",
            "identity.tenant.erasure-requested.v1",
            "identity.tenant.export-requested.v1",
        ),
    ),
    Function(
        name="walk-data",
        handler="functions.identity.handlers.walk_data.handler",
        trigger=errands("identity"),
        uses=(IDENTITY, DIRECTORY, EXPORTS),
        publishes=WALKS,
        timeout=60,
    ),
    Function(
        name="oauth",
        handler="functions.identity.handlers.oauth.handler",
        trigger=Routes("/oauth", "/.well-known", public=True),
        uses=(IDENTITY, DIRECTORY, SIGNING, FEDERATION),
        system=True,
        settings=SIGN_IN,
    ),
    Function(
        name="sign-in",
        handler="functions.identity.handlers.sign_in.handler",
        trigger=Routes("/sign-in", public=True),
        uses=(IDENTITY, DIRECTORY, SIGNING),
        system=True,
        settings=SIGN_IN,
    ),
    Function(
        name="security",
        handler="functions.identity.handlers.security.handler",
        trigger=Routes(
            "/sign-in/passkeys",
            "/sign-in/password",
            "/sign-in/security",
            "/sign-in/totp",
            public=True,
        ),
        uses=(IDENTITY, DIRECTORY, SIGNING),
        settings=SIGN_IN,
    ),
    Function(
        name="trust-api",
        handler="functions.identity.handlers.trust.handler",
        trigger=Routes(f"{ROOT}/issuers", f"{ROOT}/clients", f"{ROOT}/resets"),
        uses=(IDENTITY, DIRECTORY, SIGNING),
        system=True,
        settings=SIGN_IN,
    ),
    Function(
        name="session-api",
        handler="functions.identity.handlers.session.handler",
        trigger=Routes(f"{ROOT}/session"),
        uses=(IDENTITY, DIRECTORY, SIGNING),
        settings=SIGN_IN,
    ),
    Function(
        name="rotate-signing-keys",
        handler="functions.identity.handlers.rotate_signing_keys.handler",
        trigger=Schedule("rate(1 day)"),
        uses=(IDENTITY, DIRECTORY, SIGNING),
        system=True,
        settings=SIGN_IN,
    ),
)
