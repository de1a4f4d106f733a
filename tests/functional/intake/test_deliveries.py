"""Deliveries from other clouds: who may, what becomes of each notice, and what repeats do."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.intake.handlers import release_held
from steward.contracts.inventory import AccountAdded
from steward.identity import Role
from tests.edge_world import message
from tests.functional.intake.door import (
    AUDIENCE,
    ENTRA,
    GOOGLE,
    PROJECT,
    SUBJECT,
    Door,
    acting,
    door,
    notice,
)
from tests.minting import rs256


@pytest.fixture
def at(tmp_path: Path) -> Door:
    return door(tmp_path)


def test_a_notice_is_told_of_whole(at: Door) -> None:
    assert at.outcomes(notice()) == ["accepted"]
    (told,) = at.told()
    assert told["detail"] == notice()["detail"]
    assert (told["provider"], told["account"], told["notice_id"]) == ("gcp", PROJECT, "n1")


def test_a_notice_sent_twice_is_told_of_once(at: Door) -> None:
    assert at.outcomes(notice("a"), notice("a"), notice("b")) == [
        "accepted",
        "repeated",
        "accepted",
    ]
    assert at.outcomes(notice("b"), notice("a"), notice("c")) == [
        "repeated",
        "repeated",
        "accepted",
    ]
    assert sorted(one["notice_id"] for one in at.told()) == ["a", "b", "c"]


def test_any_order_and_number_of_deliveries_tells_the_same(at: Door) -> None:
    deliveries = [[notice(f"n{i}-{k}") for k in range(3)] for i in range(4)] * 3
    random.Random(7).shuffle(deliveries)
    for one in deliveries:
        at.outcomes(*one)
    assert len(at.told()) == 12


def test_one_bad_notice_spoils_none_of_the_others(at: Door) -> None:
    odd: list[Any] = [{}, 7, notice("x", at="yesterday"), notice("y", unheard=1), {"id": "z"}]
    results = at.deliver(notice("a"), *odd, notice("b")).body["results"]
    assert [one["outcome"] for one in results] == ["accepted", *["refused"] * 5, "accepted"]
    assert all(one["reason"] for one in results[1:6])
    assert results[5]["id"] == "z"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"notices": []}', b"\xff", b'{"notices": [NaN]}', b"[" * 9999]
)
def test_a_delivery_that_is_none_is_refused_and_says_why(at: Door, body: bytes) -> None:
    answer = at.post("/intake/acme/notices", body, at.token())
    assert answer.status in (400, 422)
    assert answer.body["detail"]


def test_more_notices_than_a_delivery_takes_are_refused(at: Door) -> None:
    answer = at.deliver(*(notice(str(n)) for n in range(101)))
    assert answer.status == 422
    assert "1 to 100" in answer.body["detail"]


def test_a_body_above_the_limit_is_refused(at: Door) -> None:
    answer = at.deliver(notice(detail={"x": "y" * 1_100_000}))
    assert answer.status == 413


def test_a_large_notice_goes_by_claim_check(at: Door) -> None:
    assert at.outcomes(notice(detail={"x": "y" * 900_000})) == ["accepted"]
    assert at.outcomes(notice("n2")) == ["accepted"]


def test_a_notice_of_a_project_that_nobody_claimed_waits_until_somebody_does(at: Door) -> None:
    waiting = [notice(f"w{n}", account="shop-new") for n in range(45)]
    assert at.outcomes(*waiting) == ["held"] * 45
    assert at.outcomes(*waiting) == ["repeated"] * 45
    assert at.told() == []
    at.claim("gcp", "shop-new")
    added = AccountAdded(provider="gcp", account="shop-new", owner="acme")
    world = acting(at.world, "release-held")
    assert world.deliver(release_held.handler, [message(added, tenant="system")]) == []
    assert sorted(one["notice_id"] for one in at.told()) == sorted(f"w{n}" for n in range(45))
    assert at.outcomes(*waiting) == ["repeated"] * 45


def test_a_notice_of_another_tenants_account_is_refused(at: Door) -> None:
    at.claim("gcp", "theirs", tenant="globex")
    assert at.outcomes(notice(account="theirs")) == ["refused"]
    assert at.told() == []


def test_a_sender_speaks_for_its_own_cloud_alone(at: Door) -> None:
    at.claim("azure", "ea42f556-5106-4743-99b0-c129bfa71a47")
    foreign = notice(provider="azure", account="ea42f556-5106-4743-99b0-c129bfa71a47")
    assert at.outcomes(foreign) == ["refused"]
    token = at.token(at.entra, iss=ENTRA, sub="oid-1", aud="api://steward")
    answer = at.deliver(foreign, token=token)
    assert [one["outcome"] for one in answer.body["results"]] == ["accepted"]


def test_a_token_counts_for_one_delivery(at: Door) -> None:
    token = at.token()
    assert at.deliver(notice("a"), token=token).status == 200
    again = at.deliver(notice("a"), token=token)
    assert [one["outcome"] for one in again.body["results"]] == ["repeated"]
    refused = at.deliver(notice("b"), token=token)
    assert refused.status == 401
    assert "another delivery" in refused.body["detail"]
    assert [one["notice_id"] for one in at.told()] == ["a"]


FORGED: list[tuple[str, dict[str, Any]]] = [
    ("another audience", {"aud": "https://elsewhere.example.com"}),
    ("two audiences", {"aud": [AUDIENCE, "https://elsewhere.example.com"]}),
    ("another subject", {"sub": "117000000000000000002"}),
    ("another issuer", {"iss": ENTRA}),
    ("lapsed", {"iat": 1, "exp": 3601}),
    ("from the future", {"iat": 32_503_680_000, "exp": 32_503_683_600}),
    ("for ever", {"exp": 32_503_680_000}),
    ("no expiry", {"exp": None}),
]


@pytest.mark.parametrize(("why", "changes"), FORGED, ids=[why for why, _ in FORGED])
def test_a_foreign_or_lapsed_token_is_refused(at: Door, why: str, changes: dict[str, Any]) -> None:
    answer = at.deliver(notice(), token=at.token(**changes))
    assert answer.status == 401, why
    assert at.told() == []


def test_a_token_by_another_key_is_refused(at: Door) -> None:
    assert at.deliver(notice(), token=at.token(rs256("g1", number=9))).status == 401
    assert at.deliver(notice(), token=at.token(at.entra)).status == 401
    assert at.deliver(notice(), token="nonsense").status == 401


def test_a_key_of_stewards_own_delivers_nothing(at: Door) -> None:
    assert at.deliver(notice(), token=at.world.add_key(Role.ADMIN)).status == 401


def test_another_tenants_path_lets_nobody_in(at: Door) -> None:
    assert at.deliver(notice(), tenant="globex").status == 401
    assert at.deliver(notice(), tenant="system").status == 401
    assert at.deliver(notice(), tenant="a.b").status == 401


def test_a_token_of_yesterday_is_refused_as_the_clock_goes_on(at: Door) -> None:
    token = at.token()
    at.world.clock.forward(timedelta(hours=2))
    assert at.deliver(notice(), token=token).status == 401


def test_a_sender_that_was_removed_delivers_no_more(at: Door) -> None:
    manage = at.manage()
    for one in manage("GET", "/api/v1/intake/senders").body["items"]:
        assert manage("DELETE", f"/api/v1/intake/senders/{one['id']}").status == 204
    assert at.deliver(notice()).status == 401


def test_senders_are_managed_by_those_who_may(at: Door) -> None:
    draft = {"name": "x", "issuer": GOOGLE, "subject": "2", "audience": "https://a"}
    assert at.manage(Role.VIEWER)("POST", "/api/v1/intake/senders", draft).status == 403
    assert at.manage(Role.VIEWER)("GET", "/api/v1/intake/senders").status == 200
    assert at.manage(tenant="globex")("GET", "/api/v1/intake/senders").body["items"] == []
    assert (
        at.manage()("POST", "/api/v1/intake/senders", {**draft, "subject": SUBJECT}).status == 409
    )
    strange = at.manage()(
        "POST", "/api/v1/intake/senders", {**draft, "issuer": "https://evil.example"}
    )
    assert strange.status == 422
    assert "accounts.google.com" in strange.body["detail"]
    other = at.manage(tenant="globex")(
        "POST", "/api/v1/intake/senders", {**draft, "subject": SUBJECT}
    )
    assert other.status == 200
    assert at.outcomes(notice()) == ["accepted"]


class Upload:
    """A file sent in parts of a few bytes."""

    def __init__(self, at: Door, content: bytes) -> None:
        self.at, self.content = at, content
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.token = at.token()
        self.parts = [content[n : n + 4] for n in range(0, len(content), 4)]

    @property
    def path(self) -> str:
        return f"/intake/acme/exports/{self.sha256}"

    def send(self, part: int, body: bytes | None = None) -> int:
        content = self.parts[part] if body is None else body
        kind = "application/octet-stream"
        return self.at.post(f"{self.path}/parts/{part}", content, self.token, kind).status

    def finish(self, **changes: Any) -> tuple[int, Any]:
        manifest = {
            "provider": "gcp",
            "account": PROJECT,
            "name": "exports/cost-2026-03.parquet",
            "parts": len(self.parts),
            "size": len(self.content),
            "sha256": self.sha256,
            **changes,
        }
        answer = self.at.post(self.path, json.dumps(manifest).encode(), self.token)
        return answer.status, answer.body


def test_a_file_in_parts_is_told_of_once_its_checksum_holds(at: Door) -> None:
    upload = Upload(at, b"\x00\xffcosts of the month")
    for part in random.Random(3).sample(range(len(upload.parts)), len(upload.parts)):
        assert upload.send(part) == 200
        assert upload.send(part) == 200
    assert upload.finish()[0] == 200
    assert upload.finish()[0] == 200
    (told,) = at.told()
    assert (told["sha256"], told["size"], told["parts"]) == (upload.sha256, 20, 5)
    files = at.world.resources.buckets("intake", "acme")
    kept = [files.get(f"{told['prefix']}/{part:05d}") for part in range(told["parts"])]
    assert b"".join(kept) == upload.content


def test_a_file_whose_parts_do_not_make_it_is_none(at: Door) -> None:
    upload = Upload(at, b"costs of the month")
    for part in range(len(upload.parts)):
        assert upload.send(part) == 200
    assert upload.send(1, b"XXXX") == 200
    status, body = upload.finish()
    assert status == 422
    assert "send all parts again" in body["detail"]
    assert upload.finish(size=17)[0] == 422
    assert upload.finish(parts=6)[0] == 422
    assert at.told() == []
    assert upload.send(1) == 200
    assert upload.finish()[0] == 200


def test_the_token_of_one_file_serves_no_other(at: Door) -> None:
    one, other = Upload(at, b"one"), Upload(at, b"other")
    other.token = one.token
    assert one.send(0) == 200
    assert other.send(0) == 401
    assert at.deliver(notice(), token=one.token).status == 401


def test_a_file_of_an_account_that_is_not_the_tenants_is_refused(at: Door) -> None:
    upload = Upload(at, b"one")
    assert upload.send(0) == 200
    assert upload.finish(account="theirs")[0] == 422
    assert upload.finish(provider="azure")[0] == 422
    assert at.told() == []


def test_a_part_beyond_the_limits_is_refused(at: Door) -> None:
    upload = Upload(at, b"one")
    assert upload.send(0, b"") == 422
    path = f"/intake/acme/exports/{upload.sha256}/parts/4096"
    assert at.post(path, b"x", upload.token, "application/octet-stream").status == 422
    assert at.post("/intake/acme/exports/../parts/0", b"x", upload.token).status in (401, 404, 422)
