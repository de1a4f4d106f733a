"""The public door over the real edge: who gets in, once, and what the rest of Steward hears."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from functions.hooks.handlers import receive, sources
from functions.hooks.model.message import FORM, MAX_BODY
from functions.hooks.model.signature import github_signature, slack_signature
from functions.hooks.model.source import source_id
from steward.identity import Role
from steward.manifest import load_function
from steward.standard_webhooks import new_ed25519_key, new_hmac_key, sign
from tests.edge_world import NOON, EdgeWorld, edge_world

SECRET = "a-shared-secret-of-good-length"
WHSEC = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
Headers = dict[str, str]
BODY = b'{"action":"opened","number":7}'


def stamp(now: datetime = NOON) -> str:
    return str(int(now.timestamp()))


def slack_headers(body: bytes, *, key: str = SECRET, now: datetime = NOON) -> Headers:
    return {
        "X-Slack-Request-Timestamp": stamp(now),
        "X-Slack-Signature": slack_signature(body, timestamp=stamp(now), key=key),
    }


def github_headers(body: bytes, *, key: str = SECRET, now: datetime = NOON) -> Headers:
    return {
        "X-Hub-Signature-256": github_signature(body, key=key),
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    }


def webhook_headers(body: bytes, *, key: str = WHSEC, now: datetime = NOON) -> Headers:
    named = sign(body, message_id="msg_1", at=now, keys=[key])
    return {name.title(): value for name, value in named.items()}


def gitlab_headers(body: bytes, *, key: str = SECRET, now: datetime = NOON) -> Headers:
    return {
        "X-Gitlab-Token": key,
        "X-Gitlab-Event": "Push Hook",
        "X-Gitlab-Event-UUID": "13792a34-cac6-4fda-95a8-c58e00a3954e",
    }


SIGNERS: dict[str, Callable[..., Headers]] = {
    "slack": slack_headers,
    "github": github_headers,
    "webhook": webhook_headers,
    "gitlab": gitlab_headers,
}
SECRETS = {"slack": SECRET, "github": SECRET, "gitlab": SECRET, "webhook": WHSEC}


@dataclass
class Door:
    """Both functions over one store."""

    edge: EdgeWorld
    key: str

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str], *, method: str = "POST"
    ) -> tuple[int, Any]:
        self.edge.resources = self.edge.resources.of(load_function("hooks.receive"))
        try:
            text, encoded = body.decode(), False
        except UnicodeDecodeError:
            text, encoded = base64.b64encode(body).decode(), True
        named = {"Content-Type": "application/json", **headers}
        event = {
            "resource": "/hooks/{proxy+}",
            "path": path,
            "httpMethod": method,
            "headers": named,
            "multiValueHeaders": {name: [value] for name, value in named.items()},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": {"proxy": path.removeprefix("/hooks/")},
            "stageVariables": None,
            "requestContext": {
                "httpMethod": method,
                "resourcePath": "/hooks/{proxy+}",
                "requestId": "q1",
                "path": path,
            },
            "body": text,
            "isBase64Encoded": encoded,
        }
        result = self.edge.call(receive.handler, event)
        return result["statusCode"], json.loads(result["body"])

    def http(
        self, method: str, path: str, body: Any = None, *, key: str | None = None
    ) -> tuple[int, Any]:
        self.edge.resources = self.edge.resources.of(load_function("hooks.hooks-api"))
        event = {
            "version": "2.0",
            "rawPath": f"/api/v1/hooks/sources{path}",
            "rawQueryString": "",
            "headers": {
                "authorization": f"Bearer {key or self.key}",
                "content-type": "application/json",
            },
            "requestContext": {
                "http": {"method": method, "path": f"/api/v1/hooks/sources{path}"},
                "requestId": "q1",
                "stage": "$default",
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        result = self.edge.call(sources.handler, event)
        return result["statusCode"], json.loads(result["body"]) if result.get("body") else None

    def source(self, scheme: str, secret: str | None = None) -> str:
        draft = {"name": scheme, "scheme": scheme, "secret": secret or SECRETS[scheme]}
        status, made = self.http("POST", "", draft)
        assert status == 200, made
        return str(made["path"])

    def heard(self) -> list[dict[str, Any]]:
        return self.edge.events()


@pytest.fixture
def door(tmp_path: Path) -> Door:
    edge = edge_world(tmp_path, load_function("hooks.hooks-api"))
    return Door(edge, edge.add_key(Role.ADMIN))


@pytest.mark.parametrize("scheme", SIGNERS)
def test_a_signed_message_is_told_once(door: Door, scheme: str) -> None:
    path = door.source(scheme)
    status, _ = door.post(path, BODY, SIGNERS[scheme](BODY))
    assert status == 200
    (event,) = door.heard()
    assert event["type"] == f"hooks.{scheme}.received.v1"
    assert event["tenantid"] == "acme"
    assert event["data"]["payload"] == json.loads(BODY)
    assert event["subject"] == path.removeprefix("/hooks/")


@pytest.mark.parametrize("after", [timedelta(0), timedelta(minutes=4), timedelta(days=3)])
@pytest.mark.parametrize("scheme", SIGNERS)
def test_a_replay_within_or_past_the_window_changes_nothing(
    door: Door, scheme: str, after: timedelta
) -> None:
    path = door.source(scheme)
    headers = SIGNERS[scheme](BODY)
    door.post(path, BODY, headers)
    door.edge.clock.forward(after)
    status, answered = door.post(path, BODY, headers)
    timed = scheme in {"slack", "webhook"} and after > timedelta(minutes=5)
    assert status == (401 if timed else 200)
    assert answered.get("status") in (None, "duplicate", 401)
    assert len(door.heard()) == 1


def test_a_captured_body_under_another_delivery_id_changes_nothing(door: Door) -> None:
    """GitHub does not sign its delivery id, so that alone must not make a message new."""
    path = door.source("github")
    for delivery in ("one", "two"):
        door.post(path, BODY, {**github_headers(BODY), "X-GitHub-Delivery": delivery})
    assert len(door.heard()) == 1


def test_slacks_own_retry_with_a_new_time_changes_nothing(door: Door) -> None:
    path = door.source("slack")
    for seconds in (0, 60):
        now = NOON + timedelta(seconds=seconds)
        assert door.post(path, BODY, slack_headers(BODY, now=now))[0] == 200
    assert len(door.heard()) == 1


def flipped(body: bytes) -> bytes:
    return body.replace(b"7", b"8")


def hexed(headers: Headers, name: str, change: Callable[[str], str]) -> Headers:
    return {**headers, name: change(headers[name])}


def without(headers: Headers, name: str) -> Headers:
    return {key: value for key, value in headers.items() if key != name}


S, T = "X-Slack-Signature", "X-Slack-Request-Timestamp"
G = "X-Hub-Signature-256"
W, N, A = "Webhook-Signature", "Webhook-Id", "Webhook-Timestamp"
SL, GH, WH = slack_headers(BODY), github_headers(BODY), webhook_headers(BODY)


def slack_raw(content: bytes) -> Headers:
    signature = "v0=" + hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    return {**SL, S: signature}


MUTATIONS: dict[str, dict[str, tuple[bytes, Headers]]] = {
    "slack": {
        "no signature": (BODY, without(SL, S)),
        "no time": (BODY, without(SL, T)),
        "empty signature": (BODY, {**SL, S: ""}),
        "old": (BODY, slack_headers(BODY, now=NOON - timedelta(seconds=301))),
        "from the future": (BODY, slack_headers(BODY, now=NOON + timedelta(seconds=301))),
        "time changed": (BODY, {**SL, T: str(int(SL[T]) + 1)}),
        "time with a sign": (BODY, {**SL, T: "+" + SL[T]}),
        "another version": (BODY, hexed(SL, S, lambda s: s.replace("v0=", "v1="))),
        "upper case": (BODY, hexed(SL, S, str.upper)),
        "cut": (BODY, hexed(SL, S, lambda s: s[:-2])),
        "body changed": (flipped(BODY), SL),
        "signed without the time": (BODY, slack_raw(BODY)),
    },
    "github": {
        "no signature": (BODY, without(GH, G)),
        "empty signature": (BODY, {**GH, G: ""}),
        "old header only": (
            BODY,
            {"X-Hub-Signature": "sha1=" + hmac.new(SECRET.encode(), BODY, "sha1").hexdigest()},
        ),
        "sha1 in the new header": (
            BODY,
            {**GH, G: "sha1=" + hmac.new(SECRET.encode(), BODY, "sha1").hexdigest()},
        ),
        "no prefix": (BODY, hexed(GH, G, lambda s: s.removeprefix("sha256="))),
        "upper case": (BODY, hexed(GH, G, str.upper)),
        "cut": (BODY, hexed(GH, G, lambda s: s[:-2])),
        "longer": (BODY, hexed(GH, G, lambda s: s + "00")),
        "body changed": (flipped(BODY), GH),
        "body with a newline more": (BODY + b"\n", GH),
        "another key": (BODY, github_headers(BODY, key="another-secret-of-good-length")),
        "empty key": (BODY, github_headers(BODY, key="")),
    },
    "webhook": {
        "no id": (BODY, without(WH, N)),
        "no time": (BODY, without(WH, A)),
        "no signature": (BODY, without(WH, W)),
        "old": (BODY, webhook_headers(BODY, now=NOON - timedelta(seconds=301))),
        "from the future": (BODY, webhook_headers(BODY, now=NOON + timedelta(seconds=301))),
        "id changed": (BODY, {**WH, N: "msg_2"}),
        "time changed": (BODY, {**WH, A: str(int(WH[A]) + 1)}),
        "another version": (BODY, hexed(WH, W, lambda s: s.replace("v1,", "v2,"))),
        "asymmetric version": (BODY, hexed(WH, W, lambda s: s.replace("v1,", "v1a,"))),
        "cut": (BODY, hexed(WH, W, lambda s: s[:-4])),
        "body changed": (flipped(BODY), WH),
        "another key": (BODY, webhook_headers(BODY, key=OTHER)),
    },
    "gitlab": {
        "no token": (BODY, without(gitlab_headers(BODY), "X-Gitlab-Token")),
        "empty token": (BODY, {**gitlab_headers(BODY), "X-Gitlab-Token": ""}),
        "another token": (BODY, gitlab_headers(BODY, key=SECRET[::-1])),
        "cut token": (BODY, gitlab_headers(BODY, key=SECRET[:-1])),
        "upper case": (BODY, gitlab_headers(BODY, key=SECRET.upper())),
        "not ascii": (BODY, gitlab_headers(BODY, key=SECRET + "é")),
    },
}
CASES = [(scheme, name) for scheme, cases in MUTATIONS.items() for name in cases]


def test_three_schemes_have_twelve_mutations_each() -> None:
    assert [len(MUTATIONS[scheme]) for scheme in ("slack", "github", "webhook")] == [12, 12, 12]


@pytest.mark.parametrize(("scheme", "name"), CASES)
def test_a_mutated_message_is_refused_and_told_to_nobody(
    door: Door, scheme: str, name: str
) -> None:
    path = door.source(scheme)
    body, headers = MUTATIONS[scheme][name]
    status, problem = door.post(path, body, headers)
    assert (status, problem["title"]) == (401, "Unauthorized")
    assert door.heard() == []
    assert SECRETS[scheme] not in json.dumps(problem)


def test_a_gitlab_signing_token_makes_the_plain_one_useless(door: Door) -> None:
    path = door.source("gitlab", WHSEC)
    assert door.post(path, BODY, gitlab_headers(BODY, key=WHSEC))[0] == 401
    assert door.post(path, BODY, webhook_headers(BODY))[0] == 200


def test_an_asymmetric_sender_is_verified_by_its_public_key(door: Door) -> None:
    pair = new_ed25519_key()
    path = door.source("webhook", pair.verifying)
    assert door.post(path, BODY, webhook_headers(BODY, key=pair.signing))[0] == 200
    assert door.post(path, BODY, webhook_headers(BODY))[0] == 401


def test_slacks_url_verification_is_answered_and_told_to_nobody(door: Door) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"}).encode()
    path = door.source("slack")
    assert door.post(path, body, slack_headers(body)) == (200, {"challenge": "abc"})
    assert door.post(path, body, without(slack_headers(body), S))[0] == 401
    assert door.heard() == []


def test_a_slash_command_is_acknowledged_and_its_token_kept_back(door: Door) -> None:
    form = {"token": "old-token", "command": "/steward", "text": "findings", "trigger_id": "1.2"}
    body = urlencode(form).encode()
    path = door.source("slack")
    status, said = door.post(path, body, {**slack_headers(body), "Content-Type": FORM})
    assert (status, said["response_type"]) == (200, "ephemeral")
    (event,) = door.heard()
    assert event["data"]["event"] == "/steward"
    assert event["data"]["payload"] == {name: form[name] for name in form if name != "token"}


def test_an_interaction_is_read_from_its_payload_field(door: Door) -> None:
    inner = {"type": "block_actions", "actions": [{"action_id": "acknowledge"}]}
    body = f"payload={quote(json.dumps(inner))}".encode()
    path = door.source("slack")
    assert door.post(path, body, {**slack_headers(body), "Content-Type": FORM}) == (200, {})
    (event,) = door.heard()
    assert (event["data"]["event"], event["data"]["payload"]) == ("block_actions", inner)


def test_headers_are_kept_by_name_and_credentials_never(door: Door) -> None:
    path = door.source("gitlab")
    headers = {**gitlab_headers(BODY), "Authorization": "Bearer x", "Cookie": "y"}
    door.post(path, BODY, headers)
    (event,) = door.heard()
    assert set(event["data"]["headers"]) == {"x-gitlab-event", "x-gitlab-event-uuid"}
    assert SECRET not in json.dumps(event)


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"", 422, "no JSON"),
        (b"{", 422, "no JSON"),
        (b"[1]", 422, "send an object"),
        (b'{"n": NaN}', 422, "no JSON"),
        (b'{"s": "\\ud800"}', 422, "no JSON"),
        (b"[" * 100_000, 422, "no JSON"),
        (b'{"s": "\xff"}', 422, "UTF-8"),
        (b'{"s":"' + b"x" * MAX_BODY + b'"}', 413, "at most"),
    ],
    ids=["empty", "cut", "list", "nan", "surrogate", "deep", "bytes", "large"],
)
def test_a_signed_body_that_makes_no_sense_is_refused_with_the_reason(
    door: Door, body: bytes, status: int, word: str
) -> None:
    path = door.source("github")
    answered, problem = door.post(path, body, github_headers(body))
    assert (answered, word in problem["detail"]) == (status, True)
    assert door.heard() == []


def test_a_large_message_travels_by_claim_check(door: Door) -> None:
    body = json.dumps({"text": "é" * 110_000}, ensure_ascii=False).encode()
    assert door.post(door.source("github"), body, github_headers(body))[0] == 200
    (event,) = door.heard()
    assert (event["data"], event["dataref"] in door.edge.claims.bodies) == ({}, True)


@pytest.mark.parametrize(
    "path",
    [
        "/hooks",
        "/hooks/",
        "/hooks/nothing",
        "/hooks/../api",
        f"/hooks/{source_id('acme', '0' * 32)}",
        f"/hooks/{source_id('system', '0' * 32)}",
        f"/hooks/{source_id('rival', '0' * 32)}",
    ],
)
def test_an_unknown_path_leads_nowhere(door: Door, path: str) -> None:
    status, problem = door.post(path, BODY, github_headers(BODY))
    assert (status, problem["title"]) == (404, "Not Found")


def test_a_source_opens_its_own_tenants_door_only(door: Door) -> None:
    token = door.source("github").rpartition("-")[2]
    path = f"/hooks/{source_id('rival', token)}"
    assert door.post(path, BODY, github_headers(BODY))[0] == 404
    assert door.heard() == []


def test_only_post_is_taken(door: Door) -> None:
    assert door.post(door.source("github"), BODY, github_headers(BODY), method="GET")[0] == 405


def test_after_a_rotation_both_secrets_open_and_a_day_later_the_new_one_alone(door: Door) -> None:
    path = door.source("github")
    _, fresh = door.http("POST", f"/{path.removeprefix('/hooks/')}/rotate", {})
    bodies = [json.dumps({"n": n}).encode() for n in range(4)]
    for body, key in zip(bodies, (SECRET, fresh["secret"]), strict=False):
        assert door.post(path, body, github_headers(body, key=key))[0] == 200
    door.edge.clock.forward(timedelta(hours=25))
    assert door.post(path, bodies[2], github_headers(bodies[2]))[0] == 401
    key = fresh["secret"]
    assert door.post(path, bodies[3], github_headers(bodies[3], key=key))[0] == 200


@pytest.mark.parametrize("scheme", ["github", "gitlab", "webhook"])
def test_steward_makes_a_secret_where_the_sender_takes_one(door: Door, scheme: str) -> None:
    _, made = door.http("POST", "", {"name": "x", "scheme": scheme})
    body = SIGNERS[scheme](BODY, key=made["secret"])
    assert door.post(made["path"], BODY, body)[0] == 200
    _, listed = door.http("GET", "")
    assert made["secret"] not in json.dumps(listed)


@pytest.mark.parametrize(
    ("scheme", "secret"),
    [
        ("slack", None),
        ("github", "short"),
        ("gitlab", "tab\tin-a-long-enough-secret"),
        ("webhook", SECRET),
        ("webhook", "whsec_c2hvcnQ="),
        ("webhook", new_ed25519_key().signing),
    ],
    ids=["slack-none", "short", "control", "plain", "short-key", "private-key"],
)
def test_a_secret_that_cannot_hold_is_refused(door: Door, scheme: str, secret: str | None) -> None:
    status, problem = door.http("POST", "", {"name": "x", "scheme": scheme, "secret": secret})
    assert (status, "secret" in problem["detail"] or "key" in problem["detail"]) == (422, True)
    assert secret is None or secret not in json.dumps(problem)


def test_secrets_are_not_in_the_state(door: Door, tmp_path: Path) -> None:
    door.source("slack")
    key = new_hmac_key().signing
    door.source("webhook", key)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("steward.db*"))
    assert SECRET.encode() not in stored
    assert key.encode() not in stored


def test_a_deleted_source_is_a_closed_door(door: Door) -> None:
    path = door.source("github")
    id_ = path.removeprefix("/hooks/")
    assert door.http("DELETE", f"/{id_}")[0] == 204
    assert door.post(path, BODY, github_headers(BODY))[0] == 404
    assert door.http("GET", f"/{id_}")[0] == 404


def test_viewers_and_other_tenants_are_kept_out(door: Door) -> None:
    id_ = door.source("github").removeprefix("/hooks/")
    viewer = door.edge.add_key(Role.VIEWER)
    rival = door.edge.add_key(Role.ADMIN, tenant="rival")
    draft = {"name": "x", "scheme": "github"}
    for method, path, body in (
        ("POST", "", draft),
        ("DELETE", f"/{id_}", None),
        ("POST", f"/{id_}/rotate", {}),
    ):
        assert door.http(method, path, body, key=viewer)[0] == 403
        assert door.http(method, path, body, key="stw_unknown")[0] == 401
    assert door.http("GET", f"/{id_}", key=viewer)[0] == 200
    for method, path, body in (
        ("GET", f"/{id_}", None),
        ("DELETE", f"/{id_}", None),
        ("POST", f"/{id_}/rotate", {}),
    ):
        assert door.http(method, path, body, key=rival)[0] == 404
    assert door.http("GET", "", key=rival)[1]["items"] == []
