"""A subscription and a project, added, verified and swept through the vendors' clients as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.inventory.adapters.providers import providers
from functions.inventory.model.claims import CloudAccount
from functions.inventory.model.collections import CLAIMS
from steward.edge.resources import bind
from steward.errors import BadInput, Denied
from steward.federation import subject_of
from steward.manifest import load_functions
from steward.secrets import FileSecrets
from steward.signing import FileSigner
from tests.functional.inventory.estate import TENANT, Estate
from tests.functional.inventory.other_clouds import (
    ADDRESS,
    CLIENT,
    DIRECTORY,
    HOSTS,
    ISSUER,
    NUMBER,
    PROJECT,
    PROVIDER,
    SUBSCRIPTION,
    OtherClouds,
)
from tests.functional.inventory.wire import Wire

ACCOUNTS = {"azure": SUBSCRIPTION, "gcp": PROJECT}
READERS = {"azure": f"{DIRECTORY}/{CLIENT}", "gcp": f"{NUMBER}/{ADDRESS}"}
TOKENS = {"azure": "login.microsoftonline.com", "gcp": "sts.googleapis.com"}
LISTS = {"azure": "management.azure.com", "gcp": "cloudasset.googleapis.com"}
BOTH = pytest.mark.parametrize("provider", ["azure", "gcp"])


@dataclass
class Home:
    """Steward's estate and the clouds around it."""

    estate: Estate
    clouds: OtherClouds

    def add(self, provider: str, **changes: str) -> dict[str, Any]:
        body = {"provider": provider, "account": ACCOUNTS[provider], "reader": READERS[provider]}
        status, answer = self.estate.http("POST", "/accounts", body={**body, **changes})
        assert status == 200, answer
        return dict(answer)

    def trust(self, provider: str, *subjects: str) -> None:
        name = "entra" if provider == "azure" else "pool"
        setattr(self.clouds, name, lambda subject: subject in subjects)

    def enter(self, provider: str, **changes: str) -> dict[str, Any]:
        """Add the account, have its owner trust the claim's subject, and check it."""
        added = self.add(provider, **changes)
        self.trust(provider, subject_of(TENANT, added["external_id"]))
        return self.check(provider)

    def check(self, provider: str) -> dict[str, Any]:
        account = f"/accounts/{provider}/{ACCOUNTS[provider]}"
        assert self.estate.http("POST", f"{account}/check", body={})[0] == 200
        self.estate.pump.drain()
        return dict(self.estate.get(account))

    def swept(self, **scope: Any) -> dict[str, Any]:
        status, begun = self.estate.http("POST", "/sweeps", body=scope)
        assert status == 200, begun
        self.estate.pump.drain()
        return dict(self.estate.get(f"/sweeps/{begun['id']}"))

    def names(self) -> list[str]:
        return sorted(one["native_id"].rpartition("/")[2] for one in self.estate.everything())

    def claim(self, provider: str) -> CloudAccount:
        claims = self.estate._work(TENANT).table("inventory").of(CLAIMS)
        return claims.require(f"{provider}/{ACCOUNTS[provider]}")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    estate = Estate(tmp_path, now=datetime.now(UTC))
    signer = FileSigner(FileSecrets(tmp_path / "secrets"), "signers/federation", rsa_key=True)
    clouds = OtherClouds(signer.public_key, rows=disks(5), containers=[group()], assets=buckets(5))
    wire = Wire(tmp_path, HOSTS, clouds.give)
    monkeypatch.setenv("STEWARD_PUBLIC_URL", ISSUER)
    for name, value in wire.environment.items():
        monkeypatch.setenv(name, value)
    yield Home(estate, clouds)
    wire.close()
    estate.pump.close()


def group() -> dict[str, Any]:
    id_ = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop"
    return {
        "id": id_,
        "type": "microsoft.resources/subscriptions/resourcegroups",
        "name": "shop",
        "location": "westeurope",
    }


def disks(count: int) -> list[dict[str, Any]]:
    place = f"{group()['id']}/providers/Microsoft.Compute/disks"
    return [
        {
            "id": f"{place}/disk-{n}",
            "type": "microsoft.compute/disks",
            "name": f"disk-{n}",
            "location": "westeurope",
        }
        for n in range(count)
    ]


def buckets(count: int) -> list[dict[str, Any]]:
    return [
        {
            "name": f"//storage.googleapis.com/bucket-{n}",
            "assetType": "storage.googleapis.com/Bucket",
            "resource": {
                "version": "v1",
                "discoveryName": "Bucket",
                "parent": f"//cloudresourcemanager.googleapis.com/projects/{NUMBER}",
                "data": {"name": f"bucket-{n}", "location": "EU"},
                "location": "eu",
            },
            "ancestors": [f"projects/{NUMBER}"],
        }
        for n in range(count)
    ]


DISKS = [f"disk-{n}" for n in range(5)]
BUCKETS = [f"bucket-{n}" for n in range(5)]


@BOTH
def test_an_account_that_trusts_its_claims_subject_is_verified_and_swept_whole(
    home: Home, provider: str
) -> None:
    shown = home.enter(provider)
    assert (shown["state"], shown["missing"], shown["problems"]) == ("verified", [], [])
    done = home.swept()
    assert (done["state"], done["reasons"]) == ("done", [])
    assert home.names() == ([*DISKS, "shop"] if provider == "azure" else BUCKETS)


def test_one_sweep_goes_through_both(home: Home) -> None:
    home.enter("azure")
    home.enter("gcp")
    done = home.swept()
    assert (done["state"], done["accounts"], done["seen"]) == ("done", 2, 11)
    assert home.names() == sorted([*DISKS, *BUCKETS, "shop"])
    home.clouds.rows.pop()
    home.estate.now += timedelta(minutes=10)
    again = home.swept()
    assert (again["changed"], again["gone"]) == (0, 1)
    assert home.names() == sorted([*DISKS[:-1], *BUCKETS, "shop"])


@BOTH
def test_the_template_trusts_what_a_check_comes_with(home: Home, provider: str) -> None:
    added = home.add(provider)
    account = f"/accounts/{provider}/{ACCOUNTS[provider]}"
    given = home.estate.get(f"{account}/template", issuer=ISSUER, scope=ACCOUNTS[provider])
    made = json.loads(given["body"])["resource"]
    if provider == "azure":
        trust = made["azuread_application_federated_identity_credential"]["steward"]
        assert trust["audiences"] == ["api://AzureADTokenExchange"]
        assert trust["issuer"] == ISSUER
        home.trust(provider, trust["subject"])
    else:
        pool = made["google_iam_workload_identity_pool_provider"]["steward"]
        assert pool["oidc"] == {"issuer_uri": ISSUER}
        ids = (pool["workload_identity_pool_provider_id"], PROVIDER.rpartition("/")[2])
        assert len({*ids}) == 1
        who = pool["attribute_condition"].removeprefix("assertion.sub == '").removesuffix("'")
        member = made["google_service_account_iam_member"]["steward"]["member"]
        assert member.endswith(f"/subject/{who}")
        home.trust(provider, who)
    assert added["state"] == "pending"
    assert home.check(provider)["state"] == "verified"


@BOTH
def test_a_trust_of_another_subject_lets_nobody_in(home: Home, provider: str) -> None:
    added = home.add(provider)
    for subject in (
        subject_of("rival", added["external_id"]),
        subject_of(TENANT, added["actor_external_id"]),
        f"steward:{added['external_id']}",
    ):
        home.trust(provider, subject)
        shown = home.check(provider)
        assert (shown["state"], shown["proven_at"]) == ("pending", None)
        (problem,) = shown["problems"]
        assert READERS[provider].rpartition("/")[2] in problem


@BOTH
def test_a_trust_of_every_subject_proves_nothing(home: Home, provider: str) -> None:
    home.add(provider)
    name = "entra" if provider == "azure" else "pool"
    setattr(home.clouds, name, lambda subject: subject.startswith("steward:"))
    shown = home.check(provider)
    assert (shown["state"], shown["proven_at"]) == ("pending", None)
    assert "lets us in with a made-up external id and as another tenant" in shown["problems"][0]


def test_a_role_without_a_permission_is_degraded_and_named(home: Home) -> None:
    home.clouds.roles = [{"actions": ["*/read"], "notActions": ["Microsoft.KeyVault/vaults/*"]}]
    shown = home.enter("azure")
    assert shown["state"] == "degraded"
    assert shown["missing"]
    assert all(one.startswith("Microsoft.KeyVault/vaults/") for one in shown["missing"])
    home.clouds.held -= {"cloudasset.assets.listResource"}
    shown = home.enter("gcp")
    assert (shown["state"], shown["missing"]) == ("degraded", ["cloudasset.assets.listResource"])


@BOTH
def test_slowing_down_loses_nothing(home: Home, provider: str) -> None:
    assert home.enter(provider)["state"] == "verified"
    home.clouds.faults[LISTS[provider]] = [429, 503]
    done = home.swept()
    assert (done["state"], done["reasons"]) == ("done", [])
    assert home.names() == ([*DISKS, "shop"] if provider == "azure" else BUCKETS)


@BOTH
def test_a_token_that_ends_in_the_middle_is_asked_for_anew(home: Home, provider: str) -> None:
    home.enter(provider)
    before = home.clouds.count(TOKENS[provider])
    home.clouds.tokens.clear()
    done = home.swept()
    assert (done["state"], done["seen"]) == ("done", 6 if provider == "azure" else 5)
    assert home.clouds.count(TOKENS[provider]) > before


@BOTH
def test_a_cloud_that_does_not_answer_proves_nothing_and_is_asked_again(
    home: Home, provider: str
) -> None:
    assert home.enter(provider)["state"] == "verified"
    home.clouds.faults[TOKENS[provider]] = [503] * 40
    account = f"/accounts/{provider}/{ACCOUNTS[provider]}"
    home.estate.http("POST", f"{account}/check", body={})
    home.estate.pump.drain()
    shown = home.estate.get(account)
    assert (shown["state"], shown["problems"]) == ("verified", [])


@BOTH
def test_without_a_public_address_it_is_said_what_to_set(
    home: Home, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEWARD_PUBLIC_URL", "http://localhost:8787")
    shown = home.enter(provider)
    assert "STEWARD_PUBLIC_URL: is 'http://localhost:8787'" in shown["problems"][0]


@BOTH
def test_without_a_reader_it_is_said_what_to_add(home: Home, provider: str) -> None:
    home.add(provider, reader="")
    shown = home.check(provider)
    assert shown["state"] == "pending"
    assert "steward accounts template" in shown["problems"][0]


def test_a_management_group_and_an_organisation_say_who_belongs_to_them(home: Home) -> None:
    home.enter("azure")
    home.enter("gcp", organization="organizations/42")
    other = "11111111-1111-4111-8111-111111111111"
    kind = "Microsoft.Management/managementGroups/subscriptions"
    home.clouds.below = [
        {"name": "dev", "type": "Microsoft.Management/managementGroups", "properties": {}},
        {"name": SUBSCRIPTION, "type": kind, "properties": {"displayName": "Shop"}},
        {"name": other, "type": kind, "properties": {"displayName": "Dev"}},
    ]
    home.clouds.projects = [
        {
            "name": f"//cloudresourcemanager.googleapis.com/projects/{n}",
            "displayName": id_,
            "state": state,
            "additionalAttributes": {"projectId": id_},
        }
        for n, (id_, state) in enumerate(
            [(PROJECT, "ACTIVE"), ("shop-dev", "ACTIVE"), ("shop-old", "DELETE_REQUESTED")]
        )
    ]
    function = next(one for one in load_functions(["inventory"]) if one.name == "verify-account")
    with bind(home.estate.pump.ports.of(function)):
        azure, gcp = providers(TENANT)("azure"), providers(TENANT)("gcp")
        found = list(azure.members(home.claim("azure"), "shop"))
        assert [(one.account, one.name) for one in found] == [
            (SUBSCRIPTION, "Shop"),
            (other, "Dev"),
        ]
        assert [one.active for one in gcp.members(home.claim("gcp"), "organizations/42")] == [
            True,
            True,
            False,
        ]
        with pytest.raises(BadInput, match="folders/NUMBER"):
            list(gcp.members(home.claim("gcp"), "acme"))
        with pytest.raises(Denied, match="AuthorizationFailed"):
            list(azure.members(home.claim("azure"), "other"))
        home.clouds.below.pop(1)
        with pytest.raises(Denied, match="is not below"):
            list(azure.members(home.claim("azure"), "shop"))
