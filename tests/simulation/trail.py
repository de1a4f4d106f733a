"""The audit trail as one family: commits of three tenants wait to be chained, and are signed after that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from functions.audit.manifest import FUNCTIONS
from steward.edge.resources import Resources
from steward.edge.session import Opening, run
from steward.errors import NotFound
from steward.local.pump import Pump
from steward.manifest import Function, Poke, Table
from steward.objects import ObjectHead
from steward.store.collection import Collection
from steward.store.work import Work
from tests.simulation.crash import Family

TENANTS = ("acme", "rival", "third")
COMMITS = 9


class Booking(BaseModel):
    """A room that is taken; nothing in it is sealed, as no two runs would seal alike."""

    model_config = ConfigDict(frozen=True)

    id: str
    room: int
    note: str = ""


BOOKINGS = Collection("bookings", Booking, id=lambda booking: booking.id)
DESK = Function(
    name="take-booking",
    handler="functions.hotel.handlers.take_booking.handler",
    trigger=Poke(),
    uses=(Table("hotel"),),
)


def feed(pump: Pump) -> None:
    """So many commits over the tenants, one too large for an item, and the key that signs."""
    resources = pump.resources(DESK)
    for n in range(COMMITS):
        booking = Booking(id=f"b{n}", room=n, note="x" * 70_000 if n == COMMITS // 2 else "")

        def use(work: Work, booking: Booking = booking) -> None:
            work.table("hotel").of(BOOKINGS).add(booking)

        run(resources, Opening(TENANTS[n % len(TENANTS)], "service:booking", "c"), use)
    signing = next(f for f in FUNCTIONS if f.name == "sign-heads")
    pump.resources(signing).signers("audit").public_key()


def sign(pump: Pump) -> None:
    """The hour has come for signing."""
    pump.invoke(
        "audit.sign-heads", {"schedule": "audit.sign-heads", "time": pump.clock().isoformat()}
    )


@dataclass(frozen=True)
class PlainFiles:
    """A bucket in a folder, by the standard library: obstore's threads do not live on in a forked child."""

    folder: Path

    def put(self, key: str, body: bytes) -> ObjectHead:
        """Write it in one step."""
        self._apart(key, body).replace(self.folder / key)
        return ObjectHead(key, len(body), "")

    def add(self, key: str, body: bytes) -> bool:
        """Write it in one step, unless it is there."""
        apart = self._apart(key, body)
        try:
            (self.folder / key).hardlink_to(apart)
        except FileExistsError:
            return False
        finally:
            apart.unlink()
        return True

    def get(self, key: str) -> bytes:
        """Its bytes."""
        try:
            return (self.folder / key).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(key) from error

    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """Those below the prefix."""
        for path in sorted(self.folder.rglob("*.json")):
            key = path.relative_to(self.folder).as_posix()
            if key.startswith(prefix):
                yield ObjectHead(key, path.stat().st_size, "")

    def delete(self, key: str) -> None:
        """Remove it."""
        (self.folder / key).unlink(missing_ok=True)

    def upload(self, key: str, source: Path) -> ObjectHead:
        """Write a file's content in one step."""
        return self.put(key, source.read_bytes())

    def download(self, key: str, target: Path) -> None:
        """Its bytes into a file."""
        target.write_bytes(self.get(key))

    def place(self, key: str) -> Path | None:
        """Where it lies."""
        return self.folder / key

    def _apart(self, key: str, body: bytes) -> Path:
        place = self.folder / key
        place.parent.mkdir(parents=True, exist_ok=True)
        apart = place.with_suffix(f".{os.getpid()}")
        apart.write_bytes(body)
        return apart


def plain(resources: Resources, data: Path) -> Resources:
    """The resources with plain files for buckets."""
    return replace(resources, buckets=lambda name, _: PlainFiles(data / "plain" / name))


TRAIL = Family("trail", (*FUNCTIONS, DESK), feed, over=plain, after=sign)
