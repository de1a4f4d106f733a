"""The wire: uvicorn's HTTP parser, which here refuses as everything else does and keeps no huge headers."""

from __future__ import annotations

from http import HTTPStatus

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from steward.edge.resources import random_id
from steward.local.http import problem, worn_by

MAX_HEAD = 64 * 1024
"""Bytes of a request's line and headers that are kept at all; the armour refuses far smaller ones."""


class HeadTooLarge(Exception):
    """The request's head is beyond what is kept in memory."""


class Wire(HttpToolsProtocol):
    """One connection."""

    _head = 0

    @override
    def on_message_begin(self) -> None:
        self._head = 0
        super().on_message_begin()

    @override
    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    @override
    def send_400_response(self, msg: str) -> None:
        del msg
        large = self._head > MAX_HEAD
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if large else HTTPStatus.BAD_REQUEST
        detail = f"head above {MAX_HEAD} bytes" if large else "not an HTTP request"
        code = "headers-too-large" if large else "malformed"
        request_id = random_id()
        answer = problem(status, code, f"{detail}; nothing of it was read", request_id)
        headers = {**dict(answer.headers), **worn_by(answer, request_id)}
        headers |= {"content-length": str(len(answer.body)), "connection": "close"}
        head = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
        line = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        self.transport.write(f"{line}{head}\r\n".encode("latin-1") + answer.body)
        self.transport.close()

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD:
            raise HeadTooLarge(f"head of {self._head} bytes: at most {MAX_HEAD}")
