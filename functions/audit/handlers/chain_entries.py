"""The audit parts of commits become entries of their tenant's chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from functions.audit.model.part import check
from functions.audit.service.chain import chain
from functions.audit.wiring import Deps, wire
from steward.edge import on_trail


@on_trail(check, wire=wire)
def handler(parts: Sequence[dict[str, Any]], deps: Deps) -> None:
    """Chain a batch in one Work: the head of the chain lets only one at a time pass."""
    chain(parts, to=deps.chaining)
