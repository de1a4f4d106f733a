"""Raw events become events of the sample's own."""

from __future__ import annotations

from pydantic import BaseModel

from functions.sample.model import Deps, ThingHappened, wire
from steward.edge import Envelope, on_raw


class Raw(BaseModel):
    """What the raw event says."""

    thing: str

    @property
    def event_key(self) -> str:
        """The thing's own id."""
        return self.thing


def parse(envelope: Envelope) -> Raw:
    """The raw event's detail."""
    return Raw.model_validate(envelope.detail)


@on_raw(parse, wire=wire)
def handler(message: Raw, deps: Deps) -> None:
    """Publish that the thing happened."""
    deps.work.publish(ThingHappened(id=message.thing))
