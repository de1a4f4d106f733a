"""What the clouds send, in one envelope; and the settings and tokens that senders stand on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from steward.courier import envelopes
from steward.courier.settings import Misconfigured, settings_from
from steward.courier.tokens import EXCHANGE, GoogleTokens, entra_from, google_from
from steward.courier.web import Answer, Request, Unreachable
from tests.unit.courier.fakes import settings

SUBSCRIPTION = "EA42F556-5106-4743-99B0-C129BFA71A47"
DISK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop/providers/Microsoft.Compute/disks/d"
GRID = {
    "id": "831e1650",
    "topic": f"/subscriptions/{SUBSCRIPTION}",
    "subject": DISK,
    "eventType": "Microsoft.Resources.ResourceWriteSuccess",
    "eventTime": "2026-03-01T12:00:00.1234567Z",
    "data": {"operationName": "Microsoft.Compute/disks/write"},
}
CLOUD = {
    "id": "831e1650",
    "source": f"/subscriptions/{SUBSCRIPTION}",
    "subject": DISK,
    "type": "Microsoft.Resources.ResourceWriteSuccess",
    "time": "2026-03-01T12:00:00.1234567Z",
    "data": {"operationName": "Microsoft.Compute/disks/write"},
}


def test_both_schemas_of_event_grid_give_one_envelope() -> None:
    grid, cloud = envelopes.of_event_grid(GRID), envelopes.of_event_grid(CLOUD)
    assert {**grid, "detail": None} == {**cloud, "detail": None}
    assert grid["account"] == SUBSCRIPTION.lower()
    assert grid["at"] == "2026-03-01T12:00:00.123456+00:00"
    assert grid["detail"] == {"event": GRID}


def test_the_resource_goes_with_its_event() -> None:
    assert envelopes.of_event_grid(GRID, resource={"id": DISK})["detail"]["resource"] == {
        "id": DISK
    }


def test_an_asset_is_the_same_notice_however_often_the_feed_sends_it() -> None:
    message = {
        "asset": {
            "name": "//storage.googleapis.com/media",
            "ancestors": ["projects/518", "organizations/1"],
        },
        "window": {"startTime": "2026-03-01T12:00:00Z"},
        "priorAsset": {"name": "x"},
        "priorAssetState": "PRESENT",
    }
    one = envelopes.of_asset(message, {"518": "shop-prod"})
    assert one == envelopes.of_asset(json.loads(json.dumps(message)), {"518": "shop-prod"})
    assert (one["account"], one["kind"]) == ("shop-prod", "changed")
    assert "priorAsset" not in one["detail"]
    gone = envelopes.of_asset({**message, "deleted": True}, {"518": "shop-prod"})
    assert (gone["kind"], gone["id"] == one["id"]) == ("deleted", False)


def test_an_audit_entry_is_of_the_project_that_its_resource_names() -> None:
    entry: dict[str, Any] = {
        "timestamp": "2026-03-01T12:00:00Z",
        "resource": {"labels": {"project_id": "shop-prod"}},
        "protoPayload": {"methodName": "v1.compute.instances.insert"},
    }
    assert envelopes.of_audit("e1", entry, {})["account"] == "shop-prod"
    entry["resource"] = {}
    entry["protoPayload"]["resourceName"] = "projects/other/zones/z/instances/i"
    assert envelopes.of_audit("e1", entry, {})["account"] == "other"
    assert envelopes.of_audit("e1", entry, {"other": "named"})["account"] == "named"


@pytest.mark.parametrize(
    "broken",
    [{}, {**GRID, "id": ""}, {**GRID, "subject": "x", "topic": "y"}, {**GRID, "eventTime": "soon"}],
)
def test_an_event_that_says_not_what_it_is_about_is_none(broken: dict[str, Any]) -> None:
    with pytest.raises(envelopes.NotAnEvent):
        envelopes.of_event_grid(broken)


def test_settings_are_read_from_the_environment(tmp_path: Path) -> None:
    found = settings_from(
        {
            "STEWARD_URL": "https://steward.example.com/",
            "STEWARD_TENANT": "acme",
            "STEWARD_AUDIENCE": "api://steward",
            "STEWARD_SPOOL": str(tmp_path),
            "STEWARD_SPOOL_MB": "5",
            "STEWARD_PROJECTS": "518=shop-prod, 519=shop-test",
        }
    )
    assert found.door == "https://steward.example.com/intake/acme"
    assert found.spool_bytes == 5 * 1024 * 1024
    assert found.projects == {"518": "shop-prod", "519": "shop-test"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"STEWARD_URL": ""}, "STEWARD_URL"),
        ({"STEWARD_URL": "http://steward.example.com"}, "https"),
        ({"STEWARD_URL": "ftp://x"}, "https"),
        ({"STEWARD_TENANT": " "}, "STEWARD_TENANT"),
        ({"STEWARD_SPOOL_MB": "0"}, "megabytes"),
        ({"STEWARD_PROJECTS": "shop=518"}, "NUMBER=ID"),
    ],
)
def test_a_setting_that_is_wrong_is_named(changes: dict[str, str], named: str) -> None:
    right = {"STEWARD_URL": "https://a", "STEWARD_TENANT": "t", "STEWARD_AUDIENCE": "x"}
    with pytest.raises(Misconfigured, match=named):
        settings_from({**right, **changes})


class Fixed:
    """A service with one answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def send(self, request: Request) -> Answer:
        return self.answer


class Service:
    """A token service that writes down what it was asked."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    def send(self, request: Request) -> Answer:
        self.asked.append(request)
        host = urlsplit(request.url).hostname or ""
        return Answer(200, self.answers[host.replace(".", "_").replace("-", "_")].encode())


def test_an_entra_token_is_an_applications_for_which_the_identity_vouches(tmp_path: Path) -> None:
    service = Service(
        localhost='{"access_token": "mi"}', login_microsoftonline_com='{"access_token": "app"}'
    )
    environ = {
        "IDENTITY_ENDPOINT": "http://localhost:4141/msi/token",
        "IDENTITY_HEADER": "secret",
        "STEWARD_IDENTITY_CLIENT_ID": "identity",
        "STEWARD_DIRECTORY_ID": "directory",
        "STEWARD_APPLICATION_ID": "application",
    }
    tokens = replace(entra_from(environ, settings(tmp_path)), send=service.send)
    assert tokens.fresh() == "app"
    first, second = service.asked
    assert first.headers == {"X-IDENTITY-HEADER": "secret"}
    assert parse_qs(urlsplit(first.url).query)["resource"] == [EXCHANGE]
    sent = parse_qs((second.body or b"").decode())
    assert sent["client_assertion"] == ["mi"]
    assert sent["scope"] == ["aud/.default"]
    with pytest.raises(Misconfigured, match="STEWARD_APPLICATION_ID"):
        entra_from({**environ, "STEWARD_APPLICATION_ID": ""}, settings(tmp_path))


def test_a_google_token_is_minted_for_the_audience(tmp_path: Path) -> None:
    service = Service(
        metadata_google_internal='{"access_token": "own"}',
        iamcredentials_googleapis_com='{"token": "id"}',
    )
    account = google_from({"STEWARD_SERVICE_ACCOUNT": "a@p.iam"}, settings(tmp_path)).account
    assert GoogleTokens(account, "aud", send=service.send).fresh() == "id"
    assert service.asked[1].headers["Authorization"] == "Bearer own"
    assert json.loads(service.asked[1].body or b"")["audience"] == "aud"


def test_a_token_service_that_gives_none_is_out_of_reach() -> None:
    for answer in (Answer(500, b""), Answer(200, b"[]"), Answer(200, b'{"access_token": 7}')):
        service = Fixed(answer)
        with pytest.raises(Unreachable):
            GoogleTokens("a", "aud", send=service.send).fresh()
