"""Secrets that people and clouds send by mistake or by right are found nowhere afterwards.

To plant another: add a row to `CANARIES`, and send it in `plant` by the way it would come.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from steward import standard_webhooks

ACCOUNT = "111122223333"
SIGNATURE = base64.urlsafe_b64encode(b"signed " * 5).decode().rstrip("=")


def _marks() -> Iterator[str]:
    while True:
        yield f"canary{uuid.uuid4().hex}"


_MARK = _marks()
MARKS = {
    name: next(_MARK)
    for name in (
        "API key in a header",
        "password in a body",
        "bearer JWT",
        "webhook secret",
        "session cookie",
        "TOTP secret",
        "client secret",
        "URL userinfo",
        "AWS secret key in CloudTrail",
        "Slack token in a message",
        "private key in a configuration",
        "database URL",
    )
}
CONTROL = f"control{uuid.uuid4().hex}"
HARMLESS = f"harmless{uuid.uuid4().hex}"

WEBHOOK_SECRET = "whsec_" + base64.b64encode(MARKS["webhook secret"].encode()).decode()
PRIVATE_KEY = (
    "-----BEGIN PRIVATE KEY-----\n"
    f"MIIE{MARKS['private key in a configuration']}\n"
    "-----END PRIVATE KEY-----\n"
)


class Found(NamedTuple):
    """Where a mark was found."""

    name: str
    place: str


class Planted(NamedTuple):
    """A server that was sent everything, and all it answers."""

    server: Any
    answers: dict[str, bytes]

    def search(self, marks: Mapping[str, str]) -> list[Found]:
        """Each mark in each place where it is, as it is or in base64."""
        places = {**self.answers, **dict(self._files())}
        return [
            Found(name, place)
            for name, mark in marks.items()
            for place, content in places.items()
            if any(form in content for form in forms(mark))
        ]

    def _files(self) -> Iterator[tuple[str, bytes]]:
        data: Path = self.server.data
        for path in sorted(data.rglob("*")):
            # The secret store is where the webhook's secret belongs; its files are their owner's alone.
            if path.is_file() and "secrets" not in path.relative_to(data).parts:
                yield str(path.relative_to(data)), path.read_bytes()


def forms(mark: str) -> tuple[bytes, ...]:
    """The mark as text and as base64 shows it, wherever in a value it stands."""
    encoded = []
    for shift in range(3):
        text = base64.b64encode(b" " * shift + mark.encode()).decode().rstrip("=")
        encoded.append(text[4 if shift else 0 : -2].encode())
    return (mark.encode(), *encoded)


def plant(server: Any) -> dict[str, bytes]:
    """Send every canary; the answers by what was asked."""
    answers: dict[str, bytes] = {}

    def send(name: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
        sent |= {key.replace("_", "-"): value for key, value in headers.items()}
        content = (
            None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        )
        reply = server.request(method, path, body=content, headers=sent)
        answers[f"answer to {name} {method} {path[:60]}"] = (
            reply.body + repr(reply.headers).encode()
        )
        return reply

    resources = "/api/v1/inventory/resources"
    by_header = f"stw_default.{MARKS['API key in a header']}"
    assert send("key", "GET", resources, Authorization=f"Bearer {by_header}").status == 401
    token = f"eyJhbGciOiJSUzI1NiJ9.eyJ{MARKS['bearer JWT']}.{SIGNATURE}"
    assert send("JWT", "GET", resources, Authorization=f"Bearer {token}").status == 401
    cookie = f"__Host-steward=default.{MARKS['session cookie']}"
    assert send("cookie", "GET", resources, Authorization="", Cookie=cookie).status == 401
    password = {"provider": "aws", "account": "1", "password": MARKS["password in a body"]}
    assert send("password", "POST", "/api/v1/inventory/accounts", password).status in (200, 422)
    send("totp", "POST", resources, {"totp_secret": MARKS["TOTP secret"]})
    send("client", "GET", f"{resources}?client_secret={MARKS['client secret']}&limit=no")
    _sign_in(send)
    endpoint = {
        "name": "aviary",
        "destination": {
            "kind": "webhook",
            "url": f"https://bird:{MARKS['URL userinfo']}@example.com/hook",
        },
    }
    send("userinfo", "POST", "/api/v1/notify/endpoints", endpoint)
    _message(server, send)
    server.put_raw(*_events())
    server.wait_until_quiet()
    refused = {**_config("s3", {}), "detail": {"clientSecret": MARKS["client secret"]}}
    send(
        "invoke",
        "POST",
        "/_steward/functions/inventory.record-change/invoke",
        {"Records": [{"messageId": "1", "body": json.dumps(refused)}]},
        Authorization=f"Bearer {_operator(server)}",
    )
    return answers


def _sign_in(send: Any) -> None:
    """What is typed into the sign-in page, and what programs send for tokens."""
    form = {"Authorization": "", "Content_Type": "application/x-www-form-urlencoded"}
    signed_in = f"tenant=default&email=bird%40example.com&password={MARKS['password in a body']}"
    assert send("sign-in", "POST", "/sign-in", signed_in.encode(), **form).status < 500
    granted = (
        "grant_type=client_credentials&client_id=service%3Abird"
        f"&client_secret={MARKS['client secret']}&code={MARKS['TOTP secret']}"
    )
    assert 400 <= send("token", "POST", "/oauth/token", granted.encode(), **form).status < 500
    refresh = f"grant_type=refresh_token&refresh_token=default.{MARKS['session cookie']}"
    assert 400 <= send("refresh", "POST", "/oauth/token", refresh.encode(), **form).status < 500


def _message(server: Any, send: Any) -> None:
    """A signed webhook message, with secrets in its text and fields."""
    opened = send(
        "source",
        "POST",
        "/api/v1/hooks/sources",
        {"name": "aviary", "scheme": "webhook", "secret": WEBHOOK_SECRET},
        Idempotency_Key="one",
    )
    assert opened.status == 200, opened.body
    totp = quote(f"Steward:bird@example.com?secret={MARKS['TOTP secret']}", safe=":?=@")
    said = {
        "type": "song",
        "text": f"use xoxb-1234567890-{MARKS['Slack token in a message']}, not the old one",
        "otpauth": f"otpauth://totp/{totp}&issuer=Steward",
        "client_secret": MARKS["client secret"],
        "note": HARMLESS,
    }
    body = json.dumps(said).encode()
    signed = standard_webhooks.sign(
        body, message_id="msg_1", at=datetime.now(UTC), keys=[WEBHOOK_SECRET]
    )
    named = {name.replace("-", "_"): value for name, value in signed.items()}
    taken = send("message", "POST", opened.json()["path"], body, **named)
    assert taken.status == 200, taken.body
    forged = {**named, "webhook_signature": f"v1,{MARKS['webhook secret']}"}
    assert send("forgery", "POST", opened.json()["path"], body, **forged).status == 401


def _events() -> list[dict[str, Any]]:
    """Cloud events: handled, of an account that nobody claimed, and broken so as to be dead letters."""
    secret = MARKS["AWS secret key in CloudTrail"]
    url = f"postgresql://app:{MARKS['database URL']}@db.example.com:5432/birds"
    asked = {
        "name": "nest",
        "secretAccessKey": secret,
        "masterUserPassword": MARKS["password in a body"],
        "userData": {"value": base64.b64encode(secret.encode()).decode()},
    }
    trail = {
        "eventVersion": "1.08",
        "eventID": str(uuid.uuid4()),
        "eventSource": "s3.amazonaws.com",
        "eventName": "CreateBucket",
        "eventTime": "2026-03-01T12:00:00Z",
        "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT,
        "userIdentity": {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/bird",
            "userName": "bird",
        },
        "requestParameters": {**asked, "bucketName": "nest"},
        "responseElements": {"credentials": {"sessionToken": secret, "secretAccessKey": secret}},
    }
    call = "AWS API Call via CloudTrail"
    function = {
        "functionName": "bird",
        "environment": {"variables": {"DATABASE_URL": url, "SONG": HARMLESS, "LINK": url}},
        "tls": {"material": PRIVATE_KEY},
    }
    return [
        _raw("aws.s3", call, trail),
        _raw("aws.s3", call, trail, account="999988887777"),
        _raw("aws.s3", call, {"secretKey": secret, "text": PRIVATE_KEY, "link": url}),
        _config("AWS::Lambda::Function", function),
        _config("AWS::S3::Bucket", {"note": CONTROL}),
    ]


def _config(kind: str, configuration: dict[str, Any]) -> dict[str, Any]:
    name = f"bird-{kind[-6:].lower()}"
    item = {
        "awsAccountId": ACCOUNT,
        "awsRegion": "eu-west-1",
        "resourceType": kind,
        "resourceId": name,
        "resourceName": name,
        "ARN": f"arn:aws:test:eu-west-1:{ACCOUNT}:{name}",
        "configurationItemCaptureTime": "2026-03-01T12:00:00.000Z",
        "configurationItemStatus": "ResourceDiscovered",
        "configurationStateId": "1760000000000",
        "tags": {},
        "relationships": [],
        "configuration": configuration,
        "supplementaryConfiguration": {},
    }
    detail = {"messageType": "ConfigurationItemChangeNotification", "configurationItem": item}
    return _raw("aws.config", "Config Configuration Item Change", detail)


def _raw(
    source: str, kind: str, detail: dict[str, Any], *, account: str = ACCOUNT
) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "source": source,
        "detail-type": kind,
        "account": account,
        "time": "2026-03-01T12:00:01Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
    }


def _operator(server: Any) -> str:
    return str((server.data / "operator.token").read_text("ascii"))


def shown(server: Any) -> dict[str, bytes]:
    """What the API shows of it all afterwards."""
    asked = [
        *("/api/v1/inventory/resources", "/api/v1/inventory/accounts", "/api/v1/hooks/sources"),
        *("/api/v1/notify/endpoints", "/api/v1/notify/deliveries", "/api/v1/policy/findings"),
    ]
    answers = {path: server.get(path, key=server.key).body for path in asked}
    for item in json.loads(answers["/api/v1/inventory/resources"])["items"]:
        for tail in ("", "/history"):
            path = f"/api/v1/inventory/resources/{item['id']}{tail}"
            answers[path] = server.get(path, key=server.key).body
    token = _operator(server)
    for row in server.operate("GET", "/queues")["items"]:
        for kind in ("messages", "dead-letters"):
            path = f"/_steward/queues/{row['queue']}/{kind}"
            answers[path] = server.get(path, key=token).body
    count = server.operate("GET", "/counts")["events"]
    answers["tail"] = server.get(f"/_steward/events/tail?since=0&limit={count}", key=token).body
    answers["/health"] = server.get("/health").body
    answers["/"] = server.get("/").body
    return answers


@pytest.fixture(scope="module")
def planted(whole: Any) -> Planted:
    answers = plant(whole)
    return Planted(whole, {**answers, **shown(whole)})


@pytest.mark.parametrize("name", MARKS)
def test_a_canary_is_found_nowhere(planted: Planted, name: str) -> None:
    assert planted.search({name: MARKS[name]}) == []


def test_what_is_no_secret_is_found_so_the_search_works(planted: Planted) -> None:
    """The negative control: the very same places hold a plain value that came the same ways."""
    found = {place for _, place in planted.search({"control": CONTROL})}
    assert any("steward.db" in place for place in found)
    assert any(place.startswith("/api/v1/inventory/resources/") for place in found)
    assert "tail" in found


def test_what_stands_beside_a_secret_is_kept(planted: Planted) -> None:
    """Redaction takes the value, and nothing else."""
    found = {place for _, place in planted.search({"harmless": HARMLESS})}
    assert any(place.startswith("/api/v1/inventory/resources/") for place in found)
    functions = [
        c for c in planted.answers.values() if b'"bird-nction"' in c and b'"environment"' in c
    ]
    assert functions
    for wanted in (b'"DATABASE_URL":"[redacted]"', b"postgresql://app:[redacted]@db.example.com"):
        assert any(wanted in content for content in functions)


def test_the_broken_event_is_a_dead_letter_without_its_secrets(planted: Planted) -> None:
    letters = planted.answers["/_steward/queues/inventory.record-change/dead-letters"]
    assert letters.count(b"[redacted]") >= 3


def test_the_webhooks_secret_is_where_secrets_belong_and_its_owners_alone(planted: Planted) -> None:
    kept = [path for path in (planted.server.data / "secrets").rglob("*") if path.is_file()]
    holding = [path for path in kept if WEBHOOK_SECRET in path.read_text("utf-8")]
    assert holding
    assert {path.stat().st_mode & 0o077 for path in holding} == {0}
