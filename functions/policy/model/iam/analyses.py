"""The analyses of policy documents, by the names that rules call them by.

Each gives None for what is no policy document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from functions.policy.model.iam import escalation, exposure

ANALYSES: Mapping[str, Callable[..., Any]] = {
    "policy.public": exposure.public,
    "policy.publicActions": exposure.public_actions,
    "policy.others": exposure.other_accounts,
    "policy.openServices": exposure.open_services,
    "policy.tlsOnly": exposure.tls_only,
    "policy.escalations": escalation.escalations,
    "policy.administrator": escalation.administrator,
    "policy.allows": escalation.allows,
}
