"""Once a day: a new signing key where the old one is old, and none that was rotated out."""

from __future__ import annotations

from functions.identity.ports import SignInDeps
from functions.identity.service import signing
from functions.identity.wiring import room, wire_sign_in
from steward.edge import Tick, on_schedule


@on_schedule(wire=wire_sign_in)
def handler(tick: Tick, deps: SignInDeps) -> None:
    """Renew the key if it is due; the time itself decides nothing."""
    del tick
    signing.keep_young(room("").workshop, deps=deps)
    signing.sweep(deps=deps)
