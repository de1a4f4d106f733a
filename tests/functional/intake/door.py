"""A tenant's intake with senders in Google Cloud and Azure, and tokens as their clouds give them."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from functions.intake.handlers import receive, senders
from functions.intake.manifest import FUNCTIONS
from steward.identity import SYSTEM, Role
from steward.identity.directory import ACCOUNTS, Account
from steward.manifest import Function
from tests.asking import Answer, Asker
from tests.edge_world import KEEPER, NOON, TENANT, EdgeWorld, edge_world
from tests.minting import FakeSets, Signer, rs256

GOOGLE = "https://accounts.google.com"
GOOGLE_KEYS = "https://www.googleapis.com/oauth2/v3/certs"
DIRECTORY = "72f988bf-86f1-41af-91ab-2d7cd011db47"
ENTRA = f"https://login.microsoftonline.com/{DIRECTORY}/v2.0"
ENTRA_KEYS = f"https://login.microsoftonline.com/{DIRECTORY}/discovery/v2.0/keys"
AUDIENCE = "https://steward.example.com/intake/acme"
SUBJECT = "117000000000000000001"
PROJECT = "shop-prod"
FUNCTION = {one.name: one for one in FUNCTIONS}
_serial = itertools.count(1)


@dataclass
class Door:
    """The door, as a sender knocks at it."""

    world: EdgeWorld
    google: Signer
    entra: Signer
    sets: FakeSets = field(default_factory=FakeSets)

    def token(self, signer: Signer | None = None, **changes: Any) -> str:
        issued = int(self.world.clock().timestamp())
        claims = {
            "iss": GOOGLE,
            "sub": SUBJECT,
            "aud": AUDIENCE,
            "iat": issued,
            "exp": issued + 3600,
            "jti": str(next(_serial)),
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return (signer or self.google).sign(kept, typ="JWT")

    def post(self, path: str, body: bytes, token: str, kind: str = "application/json") -> Answer:
        asker = Asker(self.world, receive.handler, headers={"content-type": kind})
        event_body = base64.b64encode(body).decode()
        return _encoded(asker, path, event_body, token)

    def deliver(self, *items: Any, token: str | None = None, tenant: str = TENANT) -> Answer:
        body = json.dumps({"notices": items}).encode()
        return self.post(f"/intake/{tenant}/notices", body, token or self.token())

    def outcomes(self, *items: Any) -> list[str]:
        answer = self.deliver(*items)
        assert answer.status == 200, answer.body
        return [one["outcome"] for one in answer.body["results"]]

    def manage(self, role: Role = Role.OPERATOR, tenant: str = TENANT) -> Asker:
        world = acting(self.world, "intake-api")
        return Asker(world, senders.handler, self.world.add_key(role, tenant=tenant))

    def claim(self, provider: str, account: str, tenant: str = TENANT) -> None:
        work = self.world.work(tenant=SYSTEM, function=KEEPER)
        work.table("directory").of(ACCOUNTS).put(
            Account(provider=provider, account=account, tenant=tenant, added_at=NOON)
        )
        work.commit()
        self.world.resources.directory.forget()

    def told(self) -> list[dict[str, Any]]:
        return [one["data"] for one in self.world.events() if one["type"].startswith("intake.")]


def acting(world: EdgeWorld, name: str) -> EdgeWorld:
    return replace(world, resources=world.resources.of(FUNCTION[name]))


def door(folder: Path, function: Function = FUNCTION["receive"]) -> Door:
    """A door with both senders let in and a project claimed."""
    world = edge_world(folder, function)
    made = Door(world, rs256("g1"), rs256("e1", number=1))
    made.sets.sets = {GOOGLE_KEYS: [made.google.jwk], ENTRA_KEYS: [made.entra.jwk]}
    keys = made.sets.keys()
    world.resources = replace(world.resources, issuer_keys=lambda: keys)
    for draft in (
        {"name": "google", "issuer": GOOGLE, "subject": SUBJECT, "audience": AUDIENCE},
        {"name": "azure", "issuer": ENTRA, "subject": "oid-1", "audience": "api://steward"},
    ):
        answer = made.manage()("POST", "/api/v1/intake/senders", draft)
        assert answer.status == 200, answer.body
    made.claim("gcp", PROJECT)
    return made


def notice(id_: str = "n1", **changes: Any) -> dict[str, Any]:
    """One notice of the claimed project."""
    return {
        "id": id_,
        "provider": "gcp",
        "account": PROJECT,
        "source": "gcp.asset",
        "kind": "feed",
        "at": NOON.isoformat(),
        "detail": {"asset": {"name": "//storage.googleapis.com/shop-media"}},
        **changes,
    }


def _encoded(asker: Asker, path: str, body: str, token: str) -> Answer:
    from tests.asking import request

    headers: Mapping[str, str] = {**asker.headers, "authorization": f"Bearer {token}"}
    event = {
        **request("POST", path, None, headers=headers),
        "body": body,
        "isBase64Encoded": True,
    }
    given = asker.world.call(asker.handler, event)
    text = given.get("body")
    return Answer(int(given["statusCode"]), json.loads(text) if text else None, {})
