"""What the cost concern keeps of a tenant or a person is exported or erased, part by part."""

from __future__ import annotations

from functions.cost.wiring.walking import ground
from steward.edge.walk import walker

handler = walker(ground)
