"""Requests to a server of ours, which answers, hangs up or says nothing as it is told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.harness import free_port
from functions.inventory.adapters.discovery.boto import botocore_session
from functions.inventory.adapters.sending import KEPT, Line, send_quickly

Way = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers each request in the next of some ways, the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("", 0), Handler)
        self.ways: list[Way] = [answering()]
        self.heard: list[tuple[str, str, bytes, int]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.heard.append((self.command, self.path, body, self.client_address[1]))
        ways = self.server.ways
        (ways.pop(0) if len(ways) > 1 else ways[0])(self)

    do_GET = do_POST  # noqa: N815  # the name is the protocol's

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def answering(body: bytes = b"{}", status: int = 200, **headers: str) -> Way:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Length": str(len(body)), **told}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def in_chunks(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")


def hanging_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def then_hanging_up(handler: BaseHTTPRequestHandler) -> None:
    answering()(handler)
    handler.close_connection = True


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    answering(b"{}", Content_Length="100")(handler)
    handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


class Otherwise:
    """The session that is left what streams."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, request: Any) -> str:
        self.sent.append(request)
        return "otherwise"

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line(Otherwise(), bundle=None, connect=2.0, read=2.0)
    yield made
    made.close()


def request(url: str, body: Any = b"", *, stream: bool = False) -> AWSPreparedRequest:
    headers = HeadersDict({"Content-Length": str(len(body))} if body else {})
    return AWSPreparedRequest("POST" if body else "GET", url, headers, body or None, stream)


def test_what_is_asked_arrives_and_what_is_answered_comes_back(server: Server, line: Line) -> None:
    server.ways = [answering(b"<a/>", 404, X_Amzn_RequestId="7")]
    answer = line.send(request(f"{server.url}/a%20b?c=d", b"asked"))
    assert (answer.status_code, answer.content) == (404, b"<a/>")
    assert answer.headers["x-amzn-requestid"] == "7"
    [(method, path, body, _)] = server.heard
    assert (method, path, body) == ("POST", "/a%20b?c=d", b"asked")


def test_an_address_without_a_path_asks_for_the_root(server: Server, line: Line) -> None:
    line.send(request(server.url))
    assert server.heard[0][1] == "/"


def test_an_answer_in_chunks_is_read_whole(server: Server, line: Line) -> None:
    server.ways = [in_chunks]
    assert line.send(request(server.url)).content == b"abc"


def test_one_connection_carries_one_request_after_the_other(server: Server, line: Line) -> None:
    for _ in range(3):
        line.send(request(server.url))
    assert len({port for *_, port in server.heard}) == 1


def test_a_connection_that_was_hung_up_while_idle_is_made_anew(server: Server, line: Line) -> None:
    server.ways = [then_hanging_up, answering(b"again")]
    line.send(request(server.url))
    assert line.send(request(server.url)).content == b"again"


def test_a_connection_that_the_answer_ends_is_not_kept(server: Server, line: Line) -> None:
    server.ways = [answering(Connection="close")]
    line.send(request(server.url))
    line.send(request(server.url))
    assert len({port for *_, port in server.heard}) == 2


def test_no_more_connections_are_kept_than_there_is_room_for(server: Server, line: Line) -> None:
    for number in range(KEPT + 1):
        line.send(request(f"http://127.0.0.{number + 1}:{server.server_port}/"))
    line.send(request(f"http://127.0.0.1:{server.server_port}/"))
    assert len({port for *_, port in server.heard}) == KEPT + 2


@pytest.mark.parametrize("way", [hanging_up, cut_short])
def test_no_answer_is_told_as_botocore_tells_it(server: Server, line: Line, way: Way) -> None:
    server.ways = [way]
    with pytest.raises(ConnectionClosedError):
        line.send(request(server.url))


def test_silence_is_told_after_its_time(server: Server) -> None:
    hushed = threading.Event()

    def silent(_: BaseHTTPRequestHandler) -> None:
        hushed.wait(5)

    server.ways = [silent]
    try:
        with pytest.raises(ReadTimeoutError):
            Line(Otherwise(), bundle=None, connect=2.0, read=0.05).send(request(server.url))
    finally:
        hushed.set()


def test_where_nobody_listens_there_is_no_endpoint(line: Line) -> None:
    with pytest.raises(EndpointConnectionError):
        line.send(request(f"http://127.0.0.1:{free_port()}/"))


def test_a_server_is_believed_if_somebody_vouches_for_it(
    server: Server, line: Line, tmp_path: Path
) -> None:
    bundle = vouched_for(server, tmp_path)
    url = server.url.replace("http://127.0.0.1", "https://localhost")
    with pytest.raises(SSLError):
        line.send(request(url))
    trusting = Line(Otherwise(), bundle=str(bundle), connect=2.0, read=2.0)
    assert trusting.send(request(url)).content == b"{}"
    trusting.close()


def vouched_for(server: Server, folder: Path) -> Path:
    """Has the server speak TLS under a certificate of its own; the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file, secret = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return file


@pytest.mark.parametrize("asked", [{"stream": True}, {"body": bytearray(b"x")}])
def test_what_streams_is_sent_as_it_was(asked: dict[str, Any]) -> None:
    otherwise = Otherwise()
    line = Line(otherwise, bundle=None, connect=2.0, read=2.0)
    assert line.send(request("http://x.example/", **asked)) == "otherwise"
    assert len(otherwise.sent) == 1


def test_what_botocore_reads_for_itself_is_read(server: Server) -> None:
    client = botocore_session().create_client(
        "s3",
        region_name="eu-west-1",
        endpoint_url=server.url,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    send_quickly(client, bundle=None)
    server.ways = [answering(b"<LocationConstraint>eu-west-1</LocationConstraint>")]
    assert client.get_bucket_location(Bucket="b")["LocationConstraint"] == "eu-west-1"
    client.close()


def test_a_client_asks_over_the_line_and_not_where_there_is_a_proxy(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def client() -> Any:
        return botocore_session().create_client(
            "sqs",
            region_name="eu-west-1",
            endpoint_url=server.url,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )

    direct = client()
    send_quickly(direct, bundle=None)
    assert isinstance(direct._endpoint.http_session, Line)
    server.ways = [
        answering(b'{"QueueUrls": ["https://q"]}', Content_Type="application/x-amz-json-1.0")
    ]
    assert direct.list_queues()["QueueUrls"] == ["https://q"]
    direct.close()
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "")
    behind = client()
    send_quickly(behind, bundle=None)
    assert not isinstance(behind._endpoint.http_session, Line)
