"""The control plane, Entra, Google's token services and Resource Graph, over HTTP on this machine.

Deliveries go to the real door of the intake; the token services give tokens that it really verifies.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from functions.intake.handlers import receive
from tests.asking import request
from tests.functional.intake.door import AUDIENCE, ENTRA, SUBJECT, Door, door
from tests.minting import Signer


@dataclass
class Plane:
    """What answers; ``away`` is a control plane that does not."""

    at: Door
    url: str = ""
    away: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    pages: list[dict[str, Any]] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)
    minted: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def environ(self, folder: Path, *, cloud: str) -> dict[str, str]:
        shared = {
            "STEWARD_URL": self.url,
            "STEWARD_TENANT": "acme",
            "STEWARD_AUDIENCE": AUDIENCE if cloud == "gcp" else "api://steward",
            "STEWARD_SPOOL": str(folder),
            "STEWARD_SPOOL_MB": "4",
        }
        host = self.url.removeprefix("http://")
        if cloud == "gcp":
            return {
                **shared,
                "STEWARD_PROJECTS": "518122731295=shop-prod",
                "STEWARD_PROJECT": "shop-prod",
                "STEWARD_SERVICE_ACCOUNT": "steward@shop-prod.iam.gserviceaccount.com",
                "STEWARD_IAM": self.url,
                "GCE_METADATA_HOST": host,
                "STORAGE_EMULATOR_HOST": self.url,
            }
        return {
            **shared,
            "IDENTITY_ENDPOINT": f"{self.url}/msi/token",
            "IDENTITY_HEADER": "header",
            "STEWARD_IDENTITY_CLIENT_ID": "identity",
            "STEWARD_DIRECTORY_ID": "directory",
            "STEWARD_APPLICATION_ID": "application",
            "STEWARD_AUTHORITY": self.url,
            "STEWARD_RESOURCE_MANAGER": self.url,
        }

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        route = path.partition("?")[0]
        if route.startswith("/intake/"):
            return self._deliver(path, headers, body)
        if route in self.files:
            return self._range(self.files[route], headers)
        if route.endswith("/resources"):
            self.queries.append(json.loads(body))
            return 200, json.dumps(self.pages.pop(0) if self.pages else {"data": []}).encode()
        return self._token(method, route)

    def _deliver(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if self.away:
            return 503, b"{}"
        event = {
            **request("POST", path, None, headers=headers),
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        with self.lock:
            given = self.at.world.call(receive.handler, event)
        return int(given["statusCode"]), str(given.get("body") or "").encode()

    def _token(self, method: str, route: str) -> tuple[int, bytes]:
        if method == "POST" and route.endswith("/oauth2/v2.0/token"):
            return self._minted(
                "access_token", self.at.entra, iss=ENTRA, sub="oid-1", aud="api://steward"
            )
        if route.endswith(":generateIdToken"):
            return self._minted("token", self.at.google, sub=SUBJECT)
        if route in ("/msi/token", "/computeMetadata/v1/instance/service-accounts/default/token"):
            return 200, b'{"access_token": "of-the-platform"}'
        return 404, b"{}"

    def _minted(self, name: str, signer: Signer, **claims: str) -> tuple[int, bytes]:
        self.minted += 1
        return 200, json.dumps({name: self.at.token(signer, **claims)}).encode()

    def _range(self, content: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        first, _, last = headers["range"].removeprefix("bytes=").partition("-")
        return 206, content[int(first) : int(last) + 1]


@contextmanager
def plane(folder: Path) -> Iterator[Plane]:
    """A plane on a free port of the loopback."""
    folder.mkdir()
    here = Plane(door(folder))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do("GET")

        def do_POST(self) -> None:
            self._do("POST")

        def _do(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = here.answer(method, self.path, headers, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as the base has it
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
