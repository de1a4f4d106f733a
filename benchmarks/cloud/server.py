"""moto as a server that keeps roles' trust policies, fails as often as it is told to, and counts the calls.

    python -m benchmarks.cloud.server --port 5005 --accounts 3 --regions 4 --resources 20000 --ledger FILE

moto assumes any role for anybody; here a role has to exist and its ``sts:ExternalId`` has to be given. Once
everything is seeded the ledger says what there is, and the port is opened.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.session import get_session
from moto import mock_aws
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from benchmarks.cloud.seed import EXTERNAL_ID, READER, REGIONS, SEEDER, Size, seeded

CONTROL = "/_steward/"
THROTTLED, BROKEN = 400, 500

Start = Callable[..., Any]


class Gatekeeper:
    """A WSGI application before moto's: trust policies, faults and counts."""

    def __init__(
        self,
        inner: Callable[[dict[str, Any], Start], Iterable[bytes]],
        *,
        regions: Sequence[str],
        seed: int,
    ) -> None:
        self._inner = inner
        self.regions = regions
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.share = 0.0
        self.latency = 0.0
        self.calls: Counter[str] = Counter()
        self.faults = 0
        self.denied: frozenset[str] = frozenset()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(CONTROL):
            return self._control(environ, start)
        body = _body(environ)
        service, action = _call(environ, body)
        # As a network's way: others are answered meanwhile.
        time.sleep(self.latency)
        with self._lock:
            self.calls[f"{service}:{action}"] += 1
            fails = self._random.random() < self.share
            throttles = self._random.random() < 0.5  # noqa: PLR2004  # half of each
            self.faults += fails
        if {service, f"{service}:{action}"} & self.denied:
            return _fail(environ, start, 403, "AccessDenied", f"not allowed to {service}:{action}")
        if fails:
            return _fault(environ, start, throttles=throttles)
        if action == "AssumeRole" and not _trusted(body):
            return _fail(environ, start, 403, "AccessDenied", "not authorized: sts:AssumeRole")
        if action == "SimulatePrincipalPolicy":
            return self._simulated(start, body)
        if action == "DescribeRegions":
            return _regions(start, self.regions)
        try:
            return self._answered(environ, start)
        except NotImplementedError as error:
            # moto's word for a call it does not have, which its own server answers with a broken page.
            return _fail(environ, start, 400, "UnknownOperationException", str(error))

    def _answered(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """What moto says; for a path that it does not know it has a page of HTML, which no API has."""
        said: list[Any] = []
        answer = self._inner(environ, lambda *words: said.extend(words))
        status, headers = said[:2]
        if status.startswith("404") and ("html" in dict(headers).get("Content-Type", "")):
            return _fail(environ, start, 400, "UnknownOperationException", environ["PATH_INFO"])
        start(status, headers)
        return answer

    def _simulated(self, start: Start, body: bytes) -> Iterable[bytes]:
        """What IAM's simulator says, which moto does not have: all is allowed but what is denied here."""
        actions = [v for k, [v] in parse_qs(body.decode()).items() if k.startswith("ActionNames")]
        rows = "".join(
            f"<member><EvalActionName>{one}</EvalActionName><EvalDecision>"
            f"{'implicitDeny' if {one, one.partition(':')[0]} & self.denied else 'allowed'}"
            "</EvalDecision></member>"
            for one in actions
        )
        text = (
            "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false"
            f"</IsTruncated><EvaluationResults>{rows}</EvaluationResults>"
            "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
        ).encode()
        start("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(text)))])
        return [text]

    def _control(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        asked = {
            name: values[0]
            for name, values in parse_qs(environ["QUERY_STRING"], keep_blank_values=True).items()
        }
        if "share" in asked:
            self.share = float(asked["share"])
        if "latency" in asked:
            self.latency = float(asked["latency"])
        if "denied" in asked:
            self.denied = frozenset(asked["denied"].split(",")) - {""}
        answer = {"calls": sum(self.calls.values()), "faults": self.faults, "by": dict(self.calls)}
        if "reset" in asked:
            self.calls.clear()
            self.faults = 0
        text = json.dumps(answer).encode()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
        return [text]


class CloudServer:
    """The server in a thread of this process; seeds first."""

    def __init__(
        self, size: Size, *, port: int = 0, seed: int = 1, only: frozenset[str] = frozenset()
    ) -> None:
        self._mock = mock_aws()
        self._mock.start()
        self.ledger = seeded(size, only=only)
        self.gate = Gatekeeper(
            DomainDispatcherApplication(create_backend_app),
            regions=REGIONS[: size.regions],
            seed=seed,
        )
        self._server = make_server(
            "127.0.0.1", port, self.gate, threaded=True, request_handler=_Handler
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        # What else this process asks of AWS goes over the wire like everybody's.
        self._mock.stop(remove_data=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Answer in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._thread.join()

    def client(self, service: str, *, account: str, region: str) -> Any:
        """A client of boto3's in one of the accounts, over the wire."""
        return client_at(self.url, service, account=account, region=region)

    def serve(self) -> None:
        """Answer until the process ends."""
        self._server.serve_forever()


class _Handler(MotoRequestHandler):
    """moto's handler with connections that stay open, and without a line for every request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        """Say nothing."""


def client_at(url: str, service: str, *, account: str, region: str) -> Any:
    """A client of boto3's in one of a cloud's accounts, whose role asks for what it was seeded with."""
    keys = _entered(url, account)
    return get_session().create_client(service, region_name=region, endpoint_url=url, **keys)


def main() -> None:
    """Seed and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--accounts", type=int, default=3)
    parser.add_argument("--regions", type=int, default=4)
    parser.add_argument("--resources", type=int, default=20_000)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.0)
    parser.add_argument("--only", action="append", default=[])
    given = parser.parse_args()
    size = Size(accounts=given.accounts, regions=given.regions, resources=given.resources)
    server = CloudServer(size, port=given.port, only=frozenset(given.only))
    server.gate.share = given.share
    given.ledger.write_text(json.dumps(server.ledger.plain()))
    server.serve()


def _entered(url: str, account: str) -> dict[str, str]:
    client = get_session().create_client(
        "sts",
        region_name=REGIONS[0],
        endpoint_url=url,
        aws_access_key_id=SEEDER,
        aws_secret_access_key=SEEDER,
    )
    keys = client.assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/{READER}",
        RoleSessionName="by-hand",
        ExternalId=EXTERNAL_ID,
    )["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def _regions(start: Start, names: Sequence[str]) -> Iterable[bytes]:
    """The regions that are enabled: moto knows of all, and building one takes it a second."""
    rows = "".join(f"<item><regionName>{name}</regionName></item>" for name in names)
    text = f"<DescribeRegionsResponse><regionInfo>{rows}</regionInfo></DescribeRegionsResponse>"
    start("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(text)))])
    return [text.encode()]


def _body(environ: dict[str, Any]) -> bytes:
    """The body, left in place for the next reader."""
    import io

    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        return b""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _call(environ: Mapping[str, Any], body: bytes) -> tuple[str, str]:
    """The service and the call, as far as the request says."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
    service = scope[3] if len(scope) > 3 else "unknown"  # noqa: PLR2004  # key/date/region/service
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return service, target.rpartition(".")[2]
    if b"Action=" in body:
        return service, parse_qs(body.decode()).get("Action", [""])[0]
    return service, f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"


def _trusted(body: bytes) -> bool:
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    _, _, account, role = form["RoleArn"].rsplit(":", 3)[-4:]
    account = form["RoleArn"].split(":")[4]
    name = role.partition("/")[2]
    known = [one for one in iam_backends[account]["aws"].roles.values() if one.name == name]
    if not known:
        return False
    text = known[0].assume_role_policy_document
    document = json.loads(unquote(text) if text.startswith("%") else text)
    return any(_allows(one, form.get("ExternalId")) for one in document["Statement"])


def _allows(statement: Mapping[str, Any], external_id: str | None) -> bool:
    wanted = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
    return statement.get("Effect") == "Allow" and wanted in (None, external_id)


def _fault(environ: Mapping[str, Any], start: Start, *, throttles: bool) -> Iterable[bytes]:
    if throttles:
        return _fail(environ, start, THROTTLED, "ThrottlingException", "Rate exceeded")
    return _fail(environ, start, BROKEN, "InternalFailure", "it broke")


def _fail(
    environ: Mapping[str, Any], start: Start, status: int, code: str, message: str
) -> Iterable[bytes]:
    """An error in the words of the request's protocol."""
    is_json = "json" in environ.get("CONTENT_TYPE", "") or "HTTP_X_AMZ_TARGET" in environ
    query = "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", "")
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if is_json:
        text = json.dumps({"__type": code, "message": message})
    elif query and "/ec2/" in environ.get("HTTP_AUTHORIZATION", ""):
        text = f"<Response><Errors>{error}</Errors></Response>"
    elif query:
        text = f"<ErrorResponse>{error}</ErrorResponse>"
    elif "/s3/" in environ.get("HTTP_AUTHORIZATION", "") or "/route53/" in environ.get(
        "HTTP_AUTHORIZATION", ""
    ):
        text = error
    else:
        text = json.dumps({"message": message})
    body = text.encode()
    headers = [
        ("Content-Type", "application/json" if text.startswith("{") else "text/xml"),
        ("Content-Length", str(len(body))),
        ("x-amzn-errortype", code),
    ]
    start(f"{status} Failed", headers)
    return [body]


if __name__ == "__main__":
    main()
