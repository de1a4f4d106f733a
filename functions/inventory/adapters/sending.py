"""Requests of boto3's over connections of Python's own, which stay open.

An exchange takes a third of what it takes through urllib3, and all clients share one TLS context: without,
every connection reads the certificates of all authorities again.
"""

from __future__ import annotations

import ssl
import threading
import weakref
from collections import deque
from functools import cache
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    RemoteDisconnected,
)
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

KEPT: Final = 16
"""Connections that a client keeps open: every bucket of S3 is a host of its own."""
_HUNG_UP: Final = (RemoteDisconnected, BrokenPipeError, ConnectionResetError)


def send_quickly(client: Any, *, bundle: str | None) -> None:
    """Have a client's requests sent here; ``bundle`` is who vouches for servers, if not the usual ones.

    Where there is a proxy it stays as it is.
    """
    config, endpoint = client.meta.config, client._endpoint  # noqa: SLF001  # no other way in
    if config.proxies or get_environ_proxies(client.meta.endpoint_url):
        return
    endpoint.http_session = Line(
        endpoint.http_session,
        bundle=bundle,
        connect=float(config.connect_timeout),
        read=float(config.read_timeout),
    )


class Answer(AWSResponse):  # type: ignore[misc] # botocore has no types
    """An answer that has been read."""

    def __init__(self, url: str, answer: HTTPResponse, content: bytes) -> None:
        # Some of botocore's hooks take an answer without a raw one for none.
        super().__init__(url, answer.status, answer.getheaders(), answer)
        self._content = content


class Line:
    """A session of botocore's for what is sent in one piece; what streams is ``otherwise`` sent."""

    def __init__(self, otherwise: Any, *, bundle: str | None, connect: float, read: float) -> None:
        self._otherwise = otherwise
        self._bundle = bundle
        self._connect = connect
        self._read = read
        self._kept: deque[tuple[str, HTTPConnection]] = deque()
        self._lock = threading.Lock()
        weakref.finalize(self, _shut, self._kept)

    def send(self, request: Any) -> Any:
        """The answer to a request of botocore's.

        Raises:
            HTTPClientError: there is none.
        """
        whole = request.body is None or isinstance(request.body, bytes | str)
        if request.stream_output or not whole or "Expect" in request.headers:
            return self._otherwise.send(request)
        where = urlsplit(request.url)
        connection = self._idle(where.netloc)
        if connection is not None:
            try:
                return self._exchange(connection, where, request)
            except _HUNG_UP:
                # It had been idle for too long; nothing of an answer has come.
                connection.close()
        return self._told(self._opened(where, request.url), where, request)

    def close(self) -> None:
        """Close what is open."""
        _shut(self._kept)
        self._otherwise.close()

    def _told(self, connection: HTTPConnection, where: SplitResult, request: Any) -> Answer:
        try:
            return self._exchange(connection, where, request)
        except _HUNG_UP as error:
            connection.close()
            raise ConnectionClosedError(
                endpoint_url=request.url, request=request, error=error
            ) from error

    def _exchange(self, connection: HTTPConnection, where: SplitResult, request: Any) -> Answer:
        path = where.path or "/"
        target = f"{path}?{where.query}" if where.query else path
        try:
            connection.request(request.method, target, body=request.body, headers=request.headers)
            with connection.getresponse() as answer:
                content = answer.read()
        except _HUNG_UP:
            raise
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except (OSError, HTTPException) as error:
            connection.close()
            raise ConnectionClosedError(
                endpoint_url=request.url, request=request, error=error
            ) from error
        if answer.will_close:
            connection.close()
        else:
            self._keep(where.netloc, connection)
        return Answer(request.url, answer, content)

    def _idle(self, netloc: str) -> HTTPConnection | None:
        with self._lock:
            for number, (name, connection) in enumerate(self._kept):
                if name == netloc:
                    del self._kept[number]
                    return connection
        return None

    def _keep(self, netloc: str, connection: HTTPConnection) -> None:
        with self._lock:
            self._kept.appendleft((netloc, connection))
            oldest = self._kept.pop()[1] if len(self._kept) > KEPT else None
        if oldest is not None:
            oldest.close()

    def _opened(self, where: SplitResult, url: str) -> HTTPConnection:
        connection = self._made(where)
        try:
            connection.connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error
        connection.sock.settimeout(self._read)
        return connection

    def _made(self, where: SplitResult) -> HTTPConnection:
        host = where.hostname or ""
        if where.scheme == "https":
            context = _authorities(self._bundle)
            return HTTPSConnection(host, where.port, timeout=self._connect, context=context)
        return HTTPConnection(host, where.port, timeout=self._connect)


def _shut(kept: deque[tuple[str, HTTPConnection]]) -> None:
    while kept:
        kept.pop()[1].close()


@cache
def _authorities(bundle: str | None) -> ssl.SSLContext:
    """Whom to believe who a server is."""
    return ssl.create_default_context(cafile=get_cert_path(bundle or True))
