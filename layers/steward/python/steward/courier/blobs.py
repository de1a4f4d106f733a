"""A file in a cloud's object store as a stream: read in ranges, so that its size needs no memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from steward.courier.web import Request, Send, Unreachable, pauses, send

CHUNK = 768 * 1024


class RemoteFile(io.RawIOBase):
    """An object by its address; ``headers`` carry the credential, asked for anew with each range."""

    def __init__(
        self,
        url: str,
        size: int,
        *,
        headers: Callable[[], Mapping[str, str]],
        send: Send = send,
    ) -> None:
        super().__init__()
        self._url = url
        self._size = size
        self._headers = headers
        self._send = send
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place counted from the beginning, from here or from the end."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """The next bytes: fewer than asked for at the end alone."""
        end = self._size if size < 0 else min(self._size, self._at + size)
        found = b"".join(self._range(start, min(end, start + CHUNK)) for start in self._starts(end))
        self._at += len(found)
        return found

    def _starts(self, end: int) -> range:
        return range(self._at, end, CHUNK)

    def _range(self, start: int, end: int) -> bytes:
        why = ""
        for _ in (*pauses(), None):
            headers = {**self._headers(), "Range": f"bytes={start}-{end - 1}"}
            try:
                answer = self._send(Request("GET", self._url, None, headers))
            except Unreachable as error:
                why = str(error)
                continue
            if answer.ok and len(answer.body) == end - start:
                return answer.body
            why = f"{self._url[:200]}: answered {answer.status} with {len(answer.body)} bytes"
        raise Unreachable(f"{why}, not bytes {start} to {end - 1}")
