"""The door for Steward's own functions in Azure and Google Cloud."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from functions.intake.adapters.batch import Batch
from functions.intake.model.export import Manifest, PartKept
from functions.intake.model.notice import Notice, Result, digest, notices
from functions.intake.model.sender import Sender
from functions.intake.ports import Deps
from functions.intake.service import deliver, exports
from functions.intake.wiring import wire
from steward.edge import work_for
from steward.edge.http import Api, Knock
from steward.edge.rates import RateClass
from steward.errors import BadInput, Unauthenticated
from steward.identity import SYSTEM
from steward.store.records import AlreadyProcessed
from steward.store.work import Cause, Work

api: Api[Deps] = Api(wire=wire)
handler = api.handler

ROOT = "/intake/<tenant>"
PROVEN = "the sender's token, verified against its cloud's keys, is the credential"
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")
_HASH = re.compile(r"[0-9a-f]{64}")


class Delivered(BaseModel):
    """What became of a delivery's notices."""

    model_config = ConfigDict(frozen=True)

    results: tuple[Result, ...]


@api.open_to_all("POST", f"{ROOT}/notices", because=PROVEN, rate=RateClass.WEBHOOK_IN)
def receive_notices(tenant: str, *, knock: Knock) -> Delivered:
    """Take in notices; each is told of once, however often it is sent."""
    sender = _admitted(tenant, digest(knock.body), knock)

    def use(notice: Notice, work: Work) -> bool:
        return deliver.take(notice, sender, deps=wire(work))

    batch = Batch(tenant=tenant, actor=f"sender:{sender.id}", use=use)
    return Delivered(results=batch.take(notices(knock.body)))


@api.open_to_all(
    "POST", f"{ROOT}/exports/<sha256>/parts/<part>", because=PROVEN, rate=RateClass.WEBHOOK_IN
)
def receive_part(tenant: str, sha256: str, part: int, *, knock: Knock) -> PartKept:
    """Keep a part of a file; one token serves all parts of one file."""
    _admitted(tenant, _export(sha256), knock)

    def use(work: Work) -> PartKept:
        return exports.keep_part(part, knock.body, sha256=sha256, deps=wire(work))

    return work_for(tenant, actor="intake", use=use)


@api.open_to_all("POST", f"{ROOT}/exports/<sha256>", because=PROVEN, rate=RateClass.WEBHOOK_IN)
def finish_export(tenant: str, sha256: str, body: Manifest, *, knock: Knock) -> Manifest:
    """Take in a file whose parts were all sent, if its checksum holds."""
    sender = _admitted(tenant, _export(sha256), knock)
    if body.sha256 != sha256:
        raise BadInput(f"export {sha256}: its body says {body.sha256}; say one thing")

    def use(work: Work) -> None:
        exports.finish(body, sender, deps=wire(work))

    cause = Cause(f"intake:{body.provider}:{body.account}:exports", f"{body.name}:{sha256}")
    try:
        work_for(tenant, actor=f"sender:{sender.id}", use=use, cause=cause)
    except AlreadyProcessed:
        return body
    return body


def _admitted(tenant: str, delivery: str, knock: Knock) -> Sender:
    if not _TENANT.fullmatch(tenant) or tenant == SYSTEM:
        raise Unauthenticated("path: names no tenant; use /intake/<tenant>/...")
    scheme, _, token = knock.approach.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Authorization: missing; send the workload's own token as a bearer")
    return work_for(
        tenant,
        actor="intake",
        use=lambda work: deliver.admit(token.strip(), delivery, deps=wire(work)),
    )


def _export(sha256: str) -> str:
    if not _HASH.fullmatch(sha256):
        raise BadInput(f"export {sha256[:80]!r}: name it by the SHA-256 of the whole, in hex")
    return f"export:{sha256}"
