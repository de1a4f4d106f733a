"""A blob of a cost export, read in ranges from Azurite, which is what Azure's storage answers like."""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.azure import function_app
from steward.courier.blobs import RemoteFile
from steward.courier.post import File
from steward.courier.web import Request, Unreachable, send
from tests.functional.clouds.plane import plane
from tests.functional.clouds.test_azure_functions import SUBSCRIPTION

ROOT = Path(__file__).parents[3]
ACCOUNT = "devstoreaccount1"
# The emulator's own published key: it opens nothing but emulators.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
VERSION = "2024-11-04"
pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    found = subprocess.run(
        [sys.executable, "scripts/azurite.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        pytest.skip(f"AZURITE IS NOT INSTALLED, THE BLOBS ARE NOT TESTED: {found.stderr[-300:]}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("azurite")
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder)]
    command = [found.stdout.strip(), *options, "--silent", "--skipApiVersionCheck"]
    process = subprocess.Popen(command, env={"PATH": os.environ["PATH"]})
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}/{ACCOUNT}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("azurite did not start")


def put(base: str, path: str, body: bytes, query: str = "", **headers: str) -> int:
    """A request signed with the account's shared key."""
    named = {
        "x-ms-date": email.utils.formatdate(usegmt=True),
        "x-ms-version": VERSION,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = "".join(f"{name}:{named[name]}\n" for name in sorted(named))
    asked = "".join(f"\n{one.replace('=', ':')}" for one in sorted(filter(None, query.split("&"))))
    length = str(len(body)) if body else ""
    kind = "application/octet-stream"
    resource = f"/{ACCOUNT}/{ACCOUNT}{path}{asked}"
    text = f"PUT\n\n\n{length}\n\n{kind}\n\n\n\n\n\n\n{lines}{resource}"
    signature = base64.b64encode(
        hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    ).decode()
    signed = {**named, "Authorization": f"SharedKey {ACCOUNT}:{signature}", "Content-Type": kind}
    url = f"{base}{path}{'?' if query else ''}{query}"
    return send(Request("PUT", url, body, signed)).status


@pytest.fixture(scope="module")
def blob(blobs: str) -> tuple[str, bytes]:
    content = os.urandom(2_500_000)
    assert put(blobs, "/costs", b"", "restype=container", x_ms_blob_public_access="blob") == 201
    assert put(blobs, "/costs/part-0.parquet", content, x_ms_blob_type="BlockBlob") == 201
    return f"{blobs}/costs/part-0.parquet", content


def test_a_blob_is_read_in_ranges_and_again_from_any_place(blob: tuple[str, bytes]) -> None:
    url, content = blob
    file = RemoteFile(url, len(content), headers=lambda: {"x-ms-version": VERSION})
    assert file.read() == content
    assert file.read(10) == b""
    file.seek(1_000_000)
    assert file.read(800_000) == content[1_000_000:1_800_000]


def test_a_blob_that_is_not_there_or_shorter_than_told_is_no_file(blob: tuple[str, bytes]) -> None:
    url, content = blob
    for address, size in ((f"{url}.gone", 10), (url, len(content) + 1)):
        file = RemoteFile(address, size, headers=lambda: {"x-ms-version": VERSION})
        with pytest.raises(Unreachable, match="bytes"):
            file.read()


def test_a_cost_export_goes_from_the_blob_to_the_control_plane(
    blob: tuple[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, content = blob
    with plane(tmp_path / "world") as here:
        environ = here.environ(tmp_path / "spool", cloud="azure")
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        here.at.claim("azure", SUBSCRIPTION)
        function_app.office.cache_clear()
        file = File("azure", SUBSCRIPTION, url, "text/csv")
        remote = RemoteFile(url, len(content), headers=lambda: {"x-ms-version": VERSION})
        function_app.office().courier.upload(file, remote)
        (told,) = here.at.told()
        function_app.office.cache_clear()
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
