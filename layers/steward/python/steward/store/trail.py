"""The audit part of a commit: what of its outbox item goes to the audit trail, and how it travels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from steward.errors import BadInput
from steward.store import limits
from steward.store.work import Claims, open_outbox, outbox_claim

# All but what other consumers take from the item.
_ELSEWHERE: Final = frozenset({"events", "timers"})


class Part(NamedTuple):
    """One commit's audit part, ready for the queue."""

    tenant: str
    commit: str
    body: str


def part_of(content: Mapping[str, Any]) -> Part | None:
    """The audit part of an opened outbox item; None when the commit changed nothing that is audited.

    A part that no message can carry points to the outbox item itself, which then lies in the object
    store whole: it is the larger of the two.
    """
    if not content.get("audit"):
        return None
    tenant, commit = str(content["tenant"]), str(content["commit"])
    part = {name: value for name, value in content.items() if name not in _ELSEWHERE}
    body = json.dumps(part, separators=(",", ":"), ensure_ascii=False)
    if len(body) > limits.CLAIM_BYTES // 4 and len(body.encode()) > limits.CLAIM_BYTES:
        body = json.dumps(
            {"tenant": tenant, "commit": commit, "claim": outbox_claim(tenant, commit)}
        )
    return Part(tenant, commit, body)


def open_part(body: str, claims: Claims, *, tenant: str) -> dict[str, Any]:
    """A part's content, from the message or from where it points to.

    Raises:
        BadInput: no JSON object, or one that points outside its tenant's own claims.
        NotFound: the claimed body is gone.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"audit part: not JSON ({error}); send one JSON object") from error
    if not isinstance(content, dict):
        raise BadInput(f"audit part: JSON {type(content).__name__}; send one JSON object")
    if "claim" in content:
        own = outbox_claim(tenant, str(content.get("commit")))
        if content["claim"] != own:
            raise BadInput(f"audit part: claim {str(content['claim'])[:80]!r} is not {own!r}")
        content = dict(open_outbox(body, claims, tenant=tenant))
    return {name: value for name, value in content.items() if name not in _ELSEWHERE}
