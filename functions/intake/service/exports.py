"""Files in parts: each kept as it comes, all checked against the whole at the end."""

from __future__ import annotations

import hashlib

from functions.intake.model.export import (
    Manifest,
    PartKept,
    check_part,
    part_key,
    prefix_of,
    received,
)
from functions.intake.model.sender import Sender
from functions.intake.ports import Deps
from steward.errors import BadInput, NotFound


def keep_part(part: int, body: bytes, *, sha256: str, deps: Deps) -> PartKept:
    """Keep a part; sent again it takes its own place.

    Raises:
        BadInput: its number or size is beyond the limits.
    """
    check_part(part, body)
    deps.files().put(part_key(prefix_of(deps.tenant, sha256), part), body)
    return PartKept(part=part, size=len(body))


def finish(manifest: Manifest, sender: Sender, *, deps: Deps) -> None:
    """Tell others of a file whose parts make what its checksum says.

    Raises:
        BadInput: they do not, or the account is not the tenant's.
    """
    own = deps.owner(manifest.provider, manifest.account) == deps.tenant
    if manifest.provider != sender.provider or not own:
        raise BadInput(
            f"{manifest.provider} account {manifest.account[:64]!r}: not among yours, or not of its "
            f"sender's cloud; claim it with 'steward accounts add'"
        )
    whole, size = hashlib.sha256(), 0
    for part in range(manifest.parts):
        body = _part(manifest, part, deps)
        whole.update(body)
        size += len(body)
    if (whole.hexdigest(), size) != (manifest.sha256, manifest.size):
        raise BadInput(
            f"export {manifest.name[:200]!r}: {manifest.parts} parts make {size} bytes with sha256 "
            f"{whole.hexdigest()}, not what was said; send all parts again"
        )
    deps.publish(received(manifest, tenant=deps.tenant, sender=sender.id))


def _part(manifest: Manifest, part: int, deps: Deps) -> bytes:
    try:
        return deps.files().get(part_key(prefix_of(deps.tenant, manifest.sha256), part))
    except NotFound as error:
        raise BadInput(
            f"export {manifest.name[:200]!r}: part {part} of {manifest.parts} is missing; send it again"
        ) from error
