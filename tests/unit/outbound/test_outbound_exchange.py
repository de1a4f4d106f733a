"""One exchange with a receiver on loopback, of every behaviour a stranger's server may have."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from steward.outbound import Limits, Outbound, OutboundFailed, OutboundRefused, allow_list
from tests.receiver import Behave, Receiver, answer, hang, nonsense, receiver, reset, trickle

QUICK = Limits(connect=timedelta(milliseconds=300), total=timedelta(milliseconds=400))


def sender(server: Receiver, **changes: object) -> Outbound:
    return Outbound(allow=allow_list(server.authority), limits=QUICK, **changes)  # type: ignore[arg-type]


def test_what_is_sent_arrives_whole() -> None:
    with receiver() as server:
        sent = sender(server).post(server.url + "?a=1", body=b"\x00body", headers={"X-One": "1"})
        request = server.requests[0]
    assert (sent.status, sent.body, sent.ok) == (200, b"ok", True)
    assert (request.path, request.body, request.headers["x-one"]) == ("/hook?a=1", b"\x00body", "1")
    assert request.headers["host"] == server.authority


def test_what_is_read_is_asked_for_without_a_body() -> None:
    with receiver() as server:
        read = sender(server).get(server.url, headers={"Accept": "application/json"})
        request = server.requests[0]
    assert (read.status, read.body, request.body) == (200, b"ok", b"")
    assert (request.headers["accept"], "content-length" in request.headers) == (
        "application/json",
        False,
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_that_is_not_followed(status: int) -> None:
    with receiver(answer(200)) as target, receiver(answer(status, Location=target.url)) as server:
        sent = sender(server).post(server.url, body=b"", headers={})
        assert (sent.status, sent.ok, target.requests) == (status, False, [])


@pytest.mark.parametrize("behave", [reset, nonsense, hang, trickle])
def test_a_receiver_that_misbehaves_fails_within_the_limit(behave: Behave) -> None:
    with receiver(behave) as server:
        started = monotonic()
        with pytest.raises(OutboundFailed):
            sender(server).post(server.url, body=b"", headers={})
        assert monotonic() - started < 2


def test_a_closed_port_fails_with_the_reason() -> None:
    with receiver() as server:
        outbound, url = sender(server), server.url
    with pytest.raises(OutboundFailed, match="not connected"):
        outbound.post(url, body=b"", headers={})


def test_an_answer_is_cut_at_the_limit() -> None:
    with receiver(answer(200, b"x" * 200_000)) as server:
        assert len(sender(server).post(server.url, body=b"", headers={}).body) == 64 * 1024


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as server, receiver() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.authority}")
        sender(server).post(server.url, body=b"", headers={})
        assert (len(server.requests), proxy.requests) == (1, [])


def test_a_header_cannot_smuggle_another() -> None:
    with receiver() as server:
        with pytest.raises(OutboundRefused, match="printable"):
            sender(server).post(server.url, body=b"", headers={"X": "1\r\nHost: inner"})
        assert server.requests == []


def test_the_callers_host_header_does_not_count() -> None:
    with receiver() as server:
        sender(server).post(server.url, body=b"", headers={"Host": "inner"})
        assert server.requests[0].headers["host"] == server.authority


def test_the_second_address_is_tried_when_the_first_is_down() -> None:
    with receiver() as server:
        tried: list[str] = []

        def connect(address: str, port: int, patience: float) -> socket.socket:
            tried.append(address)
            if len(tried) == 1:
                raise ConnectionRefusedError
            return socket.create_connection(server.address, timeout=patience)

        def resolve(host: str, port: int) -> Sequence[str]:
            return ["203.0.113.1", "203.0.113.2"]

        sent = sender(server, connect=connect, resolve=resolve)
        assert sent.post(server.url, body=b"", headers={}).ok
    assert tried == ["203.0.113.1", "203.0.113.2"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for receiver.example with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("receiver.example")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def over_tls(server: Receiver, certificate: Path, *, trusting: bool) -> Outbound:
    """A sender whose names all lead to the receiver, by way of an address that may be reached."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)

    def connect(address: str, port: int, patience: float) -> socket.socket:
        assert (address, port) == ("93.184.216.34", 443)
        return socket.create_connection(server.address, timeout=patience)

    def tls() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(certificate) if trusting else None)

    limits = Limits(connect=timedelta(seconds=5), total=timedelta(seconds=5))
    return Outbound(limits=limits, resolve=lambda *_: ["93.184.216.34"], connect=connect, tls=tls)


def test_the_name_is_kept_for_host_and_certificate(certificate: Path) -> None:
    with receiver() as server:
        outbound = over_tls(server, certificate, trusting=True)
        assert outbound.post("https://receiver.example/hook", body=b"", headers={}).ok
        assert server.requests[0].headers["host"] == "receiver.example"


@pytest.mark.parametrize(
    ("host", "trusting"), [("other.example", True), ("receiver.example", False)]
)
def test_a_certificate_that_does_not_hold_gets_no_request(
    certificate: Path, host: str, *, trusting: bool
) -> None:
    with receiver() as server:
        outbound = over_tls(server, certificate, trusting=trusting)
        with pytest.raises(OutboundFailed, match="certificate"):
            outbound.post(f"https://{host}/hook", body=b"", headers={})
        assert server.requests == []
