"""The audit part of a commit: what of its outbox item goes to the audit trail, and how it travels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from steward.errors import BadInput
from steward.identity import SYSTEM
from steward.json_text import compact, read
from steward.store import limits
from steward.store.work import Claims, open_outbox, outbox_claim

# All but what other consumers take from the item.
_ELSEWHERE: Final = frozenset({"events", "timers"})
_WHERE: Final = frozenset({"ip", "user_agent"})


class Part(NamedTuple):
    """One commit's audit part, ready for the queue."""

    tenant: str
    commit: str
    body: str


def parts_of(content: Mapping[str, Any]) -> tuple[Part, ...]:
    """The audit parts of an opened outbox item, one for each trail; none when nothing audited changed.

    What a tenant's people change in the system tenant stands in its trail, which all share, and in their
    own tenant's.
    """
    if not content.get("audit"):
        return ()
    return tuple(_part(content, tenant) for tenant in _trails(content))


def _part(content: Mapping[str, Any], tenant: str) -> Part:
    commit = str(content["commit"])
    body = compact(_as_told(content, tenant))
    if len(body) > limits.CLAIM_BYTES // 4 and len(body.encode()) > limits.CLAIM_BYTES:
        # It points to the outbox item itself, which then lies in the object store whole: it is the
        # larger of the two.
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
        content = read(body)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"audit part: not JSON ({error}); send one JSON object") from error
    if not isinstance(content, dict):
        raise BadInput(f"audit part: JSON {type(content).__name__}; send one JSON object")
    if "claim" in content:
        own = outbox_claim(tenant, str(content.get("commit")))
        if content["claim"] != own:
            raise BadInput(f"audit part: claim {str(content['claim'])[:80]!r} is not {own!r}")
        content = open_outbox(body, claims, tenant=tenant)
    return _as_told(content, tenant)


def _trails(content: Mapping[str, Any]) -> tuple[str, ...]:
    own = str(content["tenant"])
    asker = _asker(content)
    return (own,) if asker in ("", own) else (own, asker)


def _as_told(content: Mapping[str, Any], tenant: str) -> dict[str, Any]:
    """A commit as that tenant's trail has it."""
    part = {name: value for name, value in content.items() if name not in _ELSEWHERE}
    asker = _asker(content)
    if asker not in ("", tenant):
        # Where somebody sat is sealed with the key that their own tenant has of them, and erases.
        request = {name: v for name, v in content["request"].items() if name not in _WHERE}
        return {**part, "request": request}
    return {**part, "tenant": tenant} if asker else part


def _asker(content: Mapping[str, Any]) -> str:
    # Only in the system tenant do others than its own people write.
    if content.get("tenant") != SYSTEM:
        return ""
    return str((content.get("request") or {}).get("tenant", ""))
