"""Quiet times: one finding that flaps is told of once per window, and its last state is never lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Pulse(BaseModel):
    """What an endpoint was last told of a finding, until when it is left alone, and what waits."""

    model_config = ConfigDict(frozen=True)

    endpoint_id: str
    finding_id: str
    told: str
    version: int
    until: AwareDatetime
    held: str = ""
    held_headline: str = ""

    @property
    def id(self) -> str:
        """Endpoint and finding in one."""
        return pulse_id(self.endpoint_id, self.finding_id)


class News(NamedTuple):
    """A notice on its way to an endpoint, as far as quiet times care."""

    delivery_id: str
    endpoint_id: str
    finding_id: str
    headline: str
    version: int


class Pacing(NamedTuple):
    """When to send; None for never. ``superseded`` is the held delivery that this one replaces."""

    send_at: datetime | None
    pulse: Pulse
    superseded: str = ""


def pulse_id(endpoint_id: str, finding_id: str) -> str:
    """The id of a pulse."""
    return f"{endpoint_id}/{finding_id}"


def pace(news: News, pulse: Pulse | None, *, window: timedelta, now: datetime) -> Pacing:
    """When the news is sent, given what the endpoint heard before.

    Inside the window the newest state waits for its end, and is dropped when by then it is what the
    endpoint was told already.
    """
    if pulse is None:
        return Pacing(now, _told(news, until=now + window))
    if news.version <= pulse.version:
        return Pacing(None, pulse)
    pulse = _caught_up(pulse, window=window, now=now)
    if now >= pulse.until:
        return Pacing(now, _told(news, until=now + window))
    waits = news.headline != pulse.told
    after = pulse.model_copy(
        update={
            "version": news.version,
            "held": news.delivery_id if waits else "",
            "held_headline": news.headline if waits else "",
        }
    )
    return Pacing(pulse.until if waits else None, after, pulse.held)


def _caught_up(pulse: Pulse, *, window: timedelta, now: datetime) -> Pulse:
    # What was held was sent at the end of the window, which began another one.
    if not pulse.held or now < pulse.until:
        return pulse
    return pulse.model_copy(
        update={
            "told": pulse.held_headline,
            "until": pulse.until + window,
            "held": "",
            "held_headline": "",
        }
    )


def _told(news: News, *, until: datetime) -> Pulse:
    return Pulse(
        endpoint_id=news.endpoint_id,
        finding_id=news.finding_id,
        told=news.headline,
        version=news.version,
        until=until,
    )
