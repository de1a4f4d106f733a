"""Azure resources in the inventory's own terms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.model.azure.ids import arm_id
from functions.inventory.model.azure.read import listed
from functions.inventory.model.azure.types import KNOWN, spelt
from functions.inventory.model.discovery import Kind, Listed, Problem

SUBSCRIPTION = "ea42f556-5106-4743-99b0-c129bfa71a47"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop"
MACHINE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web"


def machine(**changes: Any) -> dict[str, Any]:
    return {
        "id": MACHINE,
        "name": "web",
        "type": "Microsoft.Compute/virtualMachines",
        "location": "East US 2",
        "tags": {"Owner": "shop@example.com"},
        "properties": {
            "provisioningState": "Succeeded",
            "timeCreated": "2026-03-01T09:00:00.123+00:00",
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        },
        **changes,
    }


def read(item: dict[str, Any]) -> Listed:
    found = listed(item)
    assert isinstance(found, Listed)
    return found


def test_the_configuration_is_the_item_whole() -> None:
    item = machine(zones=["1"], extendedLocation={"name": "edge"}, unheardOf=[{"a": None}])
    assert read(item).facts.configuration == item


def test_a_machine_shows_its_common_view() -> None:
    found = read(machine())
    assert found.subject.account == SUBSCRIPTION
    assert found.subject.region == "eastus2"
    assert found.facts.size == "Standard_D2s_v5"
    assert found.facts.owner == "shop@example.com"
    assert found.facts.created_at is not None
    assert found.facts.created_at.isoformat() == "2026-03-01T09:00:00.123000+00:00"


def test_the_power_state_counts_before_the_provisioning_state() -> None:
    running = {"provisioningState": "Succeeded", "extended": {"instanceView": {"powerState": {}}}}
    assert read(machine(properties=running)).facts.state == "Succeeded"
    running["extended"] = {"instanceView": {"powerState": {"code": "PowerState/running"}}}
    assert read(machine(properties=running)).facts.state == "running"


def test_letter_case_makes_no_other_resource() -> None:
    shouted = machine(id=MACHINE.upper(), type="microsoft.compute/virtualmachines", location=None)
    assert read(shouted).subject.id == read(machine()).subject.id
    assert read(shouted).subject.type == "Microsoft.Compute/virtualMachines"


def test_who_made_a_resource_owns_it_where_no_tag_says_other() -> None:
    made = machine(tags=None, systemData={"createdBy": "ada@example.com"})
    assert read(made).facts.owner == "ada@example.com"


@pytest.mark.parametrize(
    ("id_", "type_name", "account"),
    [
        (f"/subscriptions/{SUBSCRIPTION}", "Microsoft.Resources/subscriptions", SUBSCRIPTION),
        (GROUP.lower(), "Microsoft.Resources/resourceGroups", SUBSCRIPTION),
        (GROUP.removeprefix("/"), "Microsoft.Resources/resourceGroups", SUBSCRIPTION),
        (
            f"{MACHINE}/providers/microsoft.insights/diagnosticsettings/audit",
            "Microsoft.Insights/diagnosticSettings",
            SUBSCRIPTION,
        ),
        (
            f"{GROUP}/providers/Microsoft.Sql/servers/s/databases/d",
            "Microsoft.Sql/servers/databases",
            SUBSCRIPTION,
        ),
        (
            "/providers/Microsoft.Management/managementGroups/root",
            "Microsoft.Management/managementGroups",
            "directory",
        ),
    ],
)
def test_an_id_says_the_type_and_whose_it_is(id_: str, type_name: str, account: str) -> None:
    found = read({"id": id_})
    assert (found.subject.type, found.subject.account) == (type_name, account)


@pytest.mark.parametrize(
    ("properties", "public"),
    [
        ({"networkAcls": {"defaultAction": "Allow"}}, True),
        ({"networkAcls": {"defaultAction": "Deny"}}, False),
        ({"publicNetworkAccess": "Disabled", "networkAcls": {"defaultAction": "Allow"}}, False),
        ({}, None),
    ],
)
def test_a_closed_door_is_private_whatever_else_is_open(
    properties: dict[str, Any], *, public: bool | None
) -> None:
    account = {
        "id": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/a",
        "properties": properties,
    }
    assert read(account).facts.public is public


def test_a_thing_without_an_id_is_a_problem_and_no_resource() -> None:
    for id_ in (None, "", "nonsense", "/subscriptions/x/providers/Microsoft.Compute/disks"):
        found = listed({"id": id_, "type": "Microsoft.Compute/disks"})
        assert isinstance(found, Problem)
        assert found.kind is Kind.NO_ID


def test_an_instant_that_is_none_is_left_out() -> None:
    odd: list[Any] = ["0001-01-01T00:00:00Z", "yesterday", "2026-13-45T00:00:00Z", 7e99, [], {}]
    for text in odd:
        assert read(machine(properties={"timeCreated": text})).facts.created_at is None


def test_a_configuration_too_large_for_an_item_is_cut_and_says_so() -> None:
    found = read(machine(properties={"blob": "x" * 5_000_000}))
    assert found.facts.partial is not None
    assert "properties" in found.facts.partial
    assert found.facts.configuration["name"] == "web"


def test_every_known_type_is_spelt_as_it_is_from_any_case() -> None:
    for space, types in KNOWN.items():
        for one in types.split():
            whole = f"{space}/{one}"
            assert spelt(whole.lower()) == spelt(whole.upper()) == whole


def test_an_unknown_type_is_spelt_as_whoever_knows_capitals_says() -> None:
    assert spelt("contoso.things/widgets", "Contoso.Things/widGets") == "Contoso.Things/widGets"
    assert spelt("Contoso.Things/widGets", "other.things/BIG") == "Contoso.Things/widGets"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["name", "type", "location", "tags", "properties", "sku", "systemData"]),
        JSON,
    )
)
def test_whatever_a_member_holds_nothing_breaks_and_nothing_is_dropped(
    item: dict[str, Any],
) -> None:
    item = {**item, "id": MACHINE}
    found = read(item)
    assert json.dumps(found.facts.configuration) == json.dumps(item)


@given(st.text(max_size=200))
def test_any_text_is_an_id_or_none(text: str) -> None:
    known = arm_id(text)
    assert known is None or known.key == known.text.lower()
