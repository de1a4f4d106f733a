"""A proof of one entry, checked by an outsider who has nothing but it and a key that he trusts."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import ValidationError

from functions.audit.model import merkle
from functions.audit.model.canonical import canonical
from functions.audit.model.chain import entry_hash
from functions.audit.model.signed import SignedHead
from steward.contracts.event import first_fault
from steward.errors import BadInput
from steward.signing import PublicKey


class Proved(NamedTuple):
    """What a proof came to; ``fault`` is empty when it holds."""

    tenant: str
    n: int
    fault: str
    key_id: str
    pinned: bool


def check(document: dict[str, Any], keys: tuple[PublicKey, ...]) -> Proved:
    """Check a proof by these keys, or else by the one that comes with it.

    Raises:
        BadInput: no proof document.
    """
    if document.get("kind") != "steward-audit-proof":
        raise BadInput("file: no proof; give what 'audit prove' wrote")
    try:
        head = SignedHead.model_validate(document["head"])
        entry, trusted = document["entry"], keys or (PublicKey(**document["key"]),)
        fault = _fault(document, entry, head, trusted)
        return Proved(head.tenant, int(entry["content"]["n"]), fault, head.key_id, bool(keys))
    except ValidationError as error:
        raise BadInput(f"proof: signed head: {first_fault(error)}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"proof: {error!r} is missing or malformed") from error


def _fault(
    document: dict[str, Any], entry: dict[str, Any], head: SignedHead, keys: tuple[PublicKey, ...]
) -> str:
    content = entry["content"]
    if entry_hash(entry["prev"], canonical(content)) != entry["hash"]:
        return "the entry's content does not lead to its hash"
    if content["tenant"] != head.tenant or content["n"] != head.first + document["index"]:
        return "the entry is not the one at this place of the head"
    if document["size"] != head.last - head.first + 1:
        return "the proof is for a tree of another size than the head's"
    way = merkle.Proof(
        document["index"], document["size"], tuple(bytes.fromhex(node) for node in document["path"])
    )
    reached = merkle.root_of(bytes.fromhex(entry["hash"]), way)
    if reached is None or reached.hex() != head.merkle_root:
        return "the path does not lead to the head's root"
    return "" if head.signed_by(keys) else "none of the trusted keys signed the head"
