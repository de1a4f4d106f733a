"""Laws of the embedded front: what comes over the wire broken is refused as everything else is."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from steward.edge.armour import policy_of
from steward.local import pages
from tests.chromium import chromium

HOST = b"Host: localhost\r\n"


def exchanged(server: Any, request: bytes) -> tuple[int, dict[str, str], Any]:
    """What comes back for these very bytes."""
    with socket.create_connection(("127.0.0.1", server._port), timeout=20) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {n.lower(): v for n, _, v in (line_.partition(": ") for line_ in lines)}
    return int(first.split(" ")[1]), headers, json.loads(body) if body else None


def wired(path: str = "/api/v1/sample/things/x", more: str = "", method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\n{more}Host: localhost\r\n\r\n".encode("latin-1")


BROKEN = {
    "two hosts": (wired(more="Host: evil.example.net\r\n"), 400, "malformed"),
    "two keys": (
        wired(more="Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
        400,
        "malformed",
    ),
    "two lengths": (
        wired(more="Content-Length: 1\r\nContent-Length: 2\r\n", method="POST") + b"x",
        400,
        "malformed",
    ),
    "length and chunks": (
        wired(more="Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", method="POST"),
        400,
        "malformed",
    ),
    "half an escape": (wired("/api/v1/sample/things/%2"), 400, "malformed"),
    "no escape": (wired("/api/v1/sample/things/%zz"), 400, "malformed"),
    "no UTF-8": (wired("/api/v1/sample/things/%ff%fe"), 400, "malformed"),
    "a new line": (wired("/api/v1/sample/things/a%0d%0ab"), 400, "malformed"),
    "a NUL": (wired("/api/v1/sample/things/a%00"), 400, "malformed"),
    "no request": (b"HELLO\r\n\r\n", 400, "malformed"),
    "a space in a name": (wired(more="X Note: a\r\n"), 400, "malformed"),
    "a bare return in a value": (
        b"GET / HTTP/1.1\r\nX: a\rb\r\n" + HOST + b"\r\n",
        400,
        "malformed",
    ),
    "another name": (b"GET /health HTTP/1.1\r\nHost: evil.example.net\r\n\r\n", 421, "wrong-host"),
    "no name": (b"GET /health HTTP/1.1\r\n\r\n", 421, "wrong-host"),
    "a long path": (wired("/" + "x" * 5000), 414, "too-long"),
    "a long part": (wired("/api/v1/sample/things/" + "x" * 3000), 414, "too-long"),
    "a long query": (wired("/health?" + "x" * 9000), 414, "too-long"),
    "a long header": (wired(more=f"X-Note: {'y' * 9000}\r\n"), 431, "headers-too-large"),
    "endless headers": (wired(more="X-Note: yyyyyyyy\r\n" * 6000), 431, "headers-too-large"),
    "a large body": (
        wired(more="Content-Length: 2000000\r\n", method="POST") + b"x" * 10,
        413,
        "body-too-large",
    ),
    "a wrong method": (wired("/health", method="DELETE"), 405, "method-not-allowed"),
    "no route": (wired("/nowhere"), 404, "no-such-route"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused_as_a_problem_in_full_armour(shared: Any, name: str) -> None:
    request, status, code = BROKEN[name]
    got, headers, body = exchanged(shared, request)
    assert (got, body["type"]) == (status, f"urn:steward:problem:{code}")
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-request-id"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "strict-transport-security" not in headers
    if status == 405:
        assert set(headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert shared.get("/health").status == 200


@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/sample/things/a", "/_steward/counts"])
def test_every_way_in_wears_the_armour_and_takes_no_request_id(shared: Any, path: str) -> None:
    answer = shared.request("GET", path, headers={"X-Request-Id": "theirs"})
    assert len(answer.headers["x-request-id"]) == 32
    for name in ("cross-origin-opener-policy", "permissions-policy", "referrer-policy"):
        assert answer.headers[name]


def test_eight_callers_over_several_workers_share_one_limit(
    make_server: Callable[..., Any],
) -> None:
    limits = {"STEWARD_LIMITS": "every=100000/minute caller=200/day"}
    server = make_server(workers=4, environment=limits)
    server.start()

    def ask(number: int) -> list[tuple[int, str]]:
        answers = [server.get("/api/v1/sample/things/x", key=server.key) for _ in range(45)]
        return [(answer.status, answer.headers.get("retry-after", "")) for answer in answers]

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for answers in pool.map(ask, range(8)) for answer in answers]
    counts = Counter(status for status, _ in answers)
    assert set(counts) <= {404, 429}
    # Four workers hold leases of at most a tenth each.
    assert 200 - 3 * 20 <= counts[404] <= 200
    assert all(int(pause) >= 1 for status, pause in answers if status == 429)


def test_a_limit_that_is_none_stops_the_start_with_one_clear_line(
    make_server: Callable[..., Any],
) -> None:
    server = make_server(environment={"STEWARD_LIMITS": "caller=lots"})
    with pytest.raises(AssertionError, match="use NAME=COUNT"):
        server.start()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--headless"]
        )
        yield launched
        launched.close()


def violations(browser: Browser, url: str) -> tuple[list[str], str]:
    """What a real browser refuses of a page by its policy, and the colour of its ground."""
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(url)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()
    return [line for line in said if "ontent Security Policy" in line], str(colour)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/api/v1/docs"])
def test_a_real_browser_finds_nothing_to_refuse_on_our_pages(
    shared: Any, browser: Browser, path: str
) -> None:
    found, colour = violations(browser, f"http://127.0.0.1:{shared._port}{path}")
    assert found == []
    if path == "/":
        assert colour == "rgb(246, 247, 249)"


@pytest.mark.slow
def test_a_real_browser_refuses_what_the_policy_forbids(browser: Browser, tmp_path: Path) -> None:
    """The negative control: the same policy over a page with a script and another style."""
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    policy = policy_of("text/html", styles=pages._styles())
    body = "<style>body{background:red}</style><body><script>document.title='in'</script>"
    page.route(
        "**/*",
        lambda route: route.fulfill(
            status=200,
            body=body,
            headers={"Content-Type": "text/html", "Content-Security-Policy": policy},
        ),
    )
    page.goto("http://steward.test/")
    assert page.title() == ""
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    sink = "document.body.innerHTML = '<b>in</b>'"
    with pytest.raises(Exception, match="TrustedHTML"):
        page.evaluate(sink)
    page.close()
    assert sum("ontent Security Policy" in line for line in said) >= 2
