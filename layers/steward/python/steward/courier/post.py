"""Delivering: in batches, again when it fails, by way of the spool when it goes on failing."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from steward.courier.envelopes import Envelope, size_of
from steward.courier.settings import Settings
from steward.courier.spool import Spool
from steward.courier.tokens import Tokens
from steward.courier.web import Answer, Request, Send, Unreachable, pauses, send

MAX_NOTICES = 100
MAX_BYTES = 900 * 1024
PART_BYTES = 768 * 1024
_UNAUTHENTICATED = 401
_JSON = {"Content-Type": "application/json"}
_BINARY = {"Content-Type": "application/octet-stream"}
log = logging.getLogger("steward.courier")


class Undelivered(Exception):  # as the rest of Steward names its errors
    """The control plane does not take it now; the message says why."""


class Delivery(NamedTuple):
    """What became of what was brought: ``waiting`` batches are in the spool."""

    delivered: int = 0
    refused: int = 0
    waiting: int = 0


class Content(Protocol):
    """What can be read twice."""

    def read(self, size: int, /) -> bytes:
        """The next bytes; none at the end."""
        ...

    def seek(self, offset: int, /) -> int:
        """Go to a place counted from the beginning."""
        ...


class File(NamedTuple):
    """A file of this cloud; ``name`` is its address there."""

    provider: str
    account: str
    name: str
    content_type: str


class Courier:
    """The way to the control plane; safe for one caller at a time, and for several processes of a folder."""

    def __init__(
        self,
        settings: Settings,
        tokens: Tokens,
        *,
        send: Send = send,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._send = send
        self._wait = wait
        self.spool = Spool(settings.spool, most_bytes=settings.spool_bytes)

    def deliver(self, envelopes: Iterable[Envelope]) -> Delivery:
        """Deliver now, behind whatever waits already, or keep it in the spool.

        Raises:
            SpoolFull: neither can be done: the platform has to bring it again.
            Undelivered: it could not go, and the spool would not outlive the instance: the same.
        """
        kept = [self.spool.put(batch) for batch in batches(envelopes, self._too_large)]
        done = self.drain()
        left = [path for path in kept if path.exists()]
        if left and not self._settings.durable:
            for path in left:
                self.spool.drop(path)
            raise Undelivered(f"{len(left)} batches: could not go; the platform brings them again")
        return done

    def drain(self) -> Delivery:
        """Deliver what waits, oldest first, until all is gone or the control plane takes no more."""
        delivered = refused = 0
        while (waiting := self.spool.first()) is not None:
            path, batch = waiting
            try:
                taken, lost = self._batch(batch)
            except Undelivered as error:
                log.warning("delivery postponed: %s", error)
                return Delivery(delivered, refused, len(self.spool))
            self.spool.drop(path)
            delivered, refused = delivered + taken, refused + lost
        return Delivery(delivered, refused)

    def upload(self, file: File, content: Content) -> str:
        """Hand in a file as a stream; answers its SHA-256.

        Raises:
            Undelivered: it did not arrive whole; nothing is kept here, since it lies in this cloud.
        """
        whole, size = _digest(content)
        token = self._token()
        door = f"{self._settings.door}/exports/{whole}"
        content.seek(0)
        number = 0
        while part := content.read(PART_BYTES):
            self._must(f"{door}/parts/{number}", part, token, _BINARY)
            number += 1
        manifest = {**file._asdict(), "parts": number, "size": size, "sha256": whole}
        self._must(door, json.dumps(manifest).encode(), token, _JSON)
        return whole

    def _batch(self, batch: Sequence[Envelope]) -> tuple[int, int]:
        body = json.dumps({"notices": list(batch)}, separators=(",", ":")).encode()
        answer = self._patiently(f"{self._settings.door}/notices", body)
        results = _results(answer)
        if len(results) != len(batch):
            raise Undelivered(f"{len(batch)} notices, {len(results)} results: not of this door")
        lost = 0
        again: list[Envelope] = []
        for envelope, result in zip(batch, results, strict=True):
            if result["outcome"] == "retry":
                again.append(envelope)
            if result["outcome"] == "refused":
                lost += 1
                log.error("notice %s refused: %s", envelope.get("id"), result.get("reason"))
                self.spool.refuse({"reason": result.get("reason"), "notice": envelope})
        if again:
            self.spool.put(again)
        return len(batch) - lost - len(again), lost

    def _patiently(self, url: str, body: bytes) -> Answer:
        """The answer to a body that may be sent again; each try has a token of its own."""
        why = ""
        for pause in (*pauses(), None):
            try:
                answer = self._post(url, body, self._tokens.fresh(), _JSON)
                if answer.ok:
                    return answer
                why = _reason(answer)
                # A used token is cured by a fresh one; any other refusal may end when it is looked into.
                if not answer.passing and answer.status != _UNAUTHENTICATED:
                    break
            except Unreachable as error:
                why = str(error)
            if pause is not None:
                self._wait(pause)
        raise Undelivered(why)

    def _must(self, url: str, body: bytes, token: str, headers: dict[str, str]) -> None:
        why = ""
        for pause in (*pauses(), None):
            try:
                answer = self._post(url, body, token, headers)
            except Unreachable as error:
                why = str(error)
            else:
                if answer.ok:
                    return
                why = _reason(answer)
                if not answer.passing:
                    break
            if pause is not None:
                self._wait(pause)
        raise Undelivered(why)

    def _post(self, url: str, body: bytes, token: str, headers: dict[str, str]) -> Answer:
        credential = {"Authorization": f"Bearer {token}"}
        return self._send(Request("POST", url, body, {**headers, **credential}))

    def _token(self) -> str:
        try:
            return self._tokens.fresh()
        except Unreachable as error:
            raise Undelivered(str(error)) from error

    def _too_large(self, envelope: Envelope, size: int) -> None:
        log.error("notice %s of %d bytes: at most %d", envelope.get("id"), size, MAX_BYTES)
        reason = f"{size} bytes; at most {MAX_BYTES} in a delivery"
        self.spool.refuse({"reason": reason, "notice": {**envelope, "detail": {}}})


def batches(
    envelopes: Iterable[Envelope], too_large: Callable[[Envelope, int], None]
) -> Iterator[list[Envelope]]:
    """Deliveries of at most a hundred notices and 900 KB; one that fits in none is given back."""
    batch: list[Envelope] = []
    held = 0
    for envelope in envelopes:
        size = size_of(envelope) + 1
        if size > MAX_BYTES:
            too_large(envelope, size)
            continue
        if batch and (len(batch) == MAX_NOTICES or held + size > MAX_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(envelope)
        held += size
    if batch:
        yield batch


def _digest(content: Content) -> tuple[str, int]:
    whole, size = hashlib.sha256(), 0
    while part := content.read(PART_BYTES):
        whole.update(part)
        size += len(part)
    return whole.hexdigest(), size


def _results(answer: Answer) -> list[dict[str, Any]]:
    told = answer.json()
    found = told.get("results") if isinstance(told, dict) else None
    return found if isinstance(found, list) else []


def _reason(answer: Answer) -> str:
    told: Any = answer.json()
    detail = told.get("detail") if isinstance(told, dict) else None
    return f"answered {answer.status}: {str(detail or answer.body[:200])[:300]}"
