"""Any notice as captures: the one door from the clouds' messages to the inventory's own terms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from functions.inventory.model import config_items, identity
from functions.inventory.model.edits import Edit, Verb
from functions.inventory.model.ignored import Ignored
from functions.inventory.model.notices import ConfigChange, RawNotice, StateChange, TrailCall
from functions.inventory.model.resource import Capture, Effect, Source, Subject
from functions.inventory.model.trail import records
from steward.errors import BadInput

SKEW = timedelta(minutes=15)
"""How far a capture's clock may run ahead of ours: beyond it, it would hide every later capture."""

_INSTANCE = "AWS::EC2::Instance"
_LAST = "terminated"
# Within one second a machine passes its states in this order.
_RANKS = {
    state: rank
    for rank, state in enumerate(
        ("pending", "running", "stopping", "stopped", "shutting-down", _LAST), start=5
    )
}


def captures_of(notice: RawNotice, *, now: datetime) -> tuple[Capture, ...] | Ignored:
    """What a notice reports, or why it is of no consequence.

    Raises:
        BadInput: the notice contradicts itself, or is dated in the future.
    """
    found = _captures(notice)
    if isinstance(found, tuple):
        for capture in found:
            check_clock(capture, now)
    return found


def _captures(notice: RawNotice) -> tuple[Capture, ...] | Ignored:
    match notice:
        case ConfigChange():
            return config_items.captures(notice)
        case TrailCall():
            return records.captures(notice)
        case StateChange():
            return (_state(notice),)
        case _:
            assert_never(notice)


def _state(notice: StateChange) -> Capture:
    region = identity.region_of(_INSTANCE, notice.region)
    partition = records.partition_of(notice.region)
    arn = f"arn:{partition}:ec2:{region}:{notice.account}:instance/{notice.instance}"
    return Capture(
        subject=Subject(
            account=notice.account, region=region, type=_INSTANCE, native_id=notice.instance
        ),
        at=notice.at,
        source=Source.STATE,
        effect=Effect.DELETED if notice.state == _LAST else Effect.EDITED,
        key=f"{notice.at.isoformat()}|{notice.state}",
        rank=_RANKS.get(notice.state, 5),
        event_id=notice.envelope_id,
        action=notice.state,
        edits=(
            Edit(verb=Verb.SET, path="/arn", value=arn),
            Edit(verb=Verb.SET, path="/state", value=notice.state),
            Edit(verb=Verb.MERGE, path="/configuration/state", value={"name": notice.state}),
        ),
    )


def check_clock(capture: Capture, now: datetime) -> None:
    """Refuse what is dated in the future.

    Raises:
        BadInput: it is.
    """
    ahead = capture.at - now
    if ahead > SKEW:
        raise BadInput(
            f"{capture.action or capture.source} captured at {capture.at.isoformat()}, "
            f"{round(ahead.total_seconds())} s ahead of this clock; at most "
            f"{round(SKEW.total_seconds())} s, so correct the sender's clock"
        )
