"""What Terraform deploys in Azure and Google Cloud agrees with the functions and the door they knock at."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest

from benchmarks.harness import environment

ROOT = Path(__file__).parents[2]
CLOUDS = ("azure", "gcp")
REQUIRED = {
    "azure": "function_app.py",
    "gcp": "main.py",
}
# What the platform itself sets, or a developer's emulator.
NOT_DEPLOYED = {
    "GCE_METADATA_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "STEWARD_AUTHORITY",
    "STEWARD_IAM",
    "STEWARD_RESOURCE_MANAGER",
    "STEWARD_SPOOL",
    "STORAGE_EMULATOR_HOST",
}


def text_of(cloud: str) -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / "deploy" / cloud).glob("*.tf")))


def parsed(cloud: str) -> list[dict[str, Any]]:
    return [hcl2.loads(path.read_text()) for path in sorted((ROOT / "deploy" / cloud).glob("*.tf"))]


def names_of(cloud: str, kind: str) -> set[str]:
    return {
        str(name).strip('"')
        for document in parsed(cloud)
        for block in document.get(kind, [])
        for name in block
    }


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_file_parses_and_pins_what_it_stands_on(cloud: str) -> None:
    text = text_of(cloud)
    assert 'required_version = ">= 1.6"' in text
    versions = re.findall(r'(?<!_)version\s*=\s*"([^"]+)"', text)
    assert versions
    assert all(re.fullmatch(r"~> \d+\.\d+", one) for one in versions)
    assert names_of(cloud, "resource")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_variable_is_described_and_read(cloud: str) -> None:
    text = text_of(cloud)
    for name in names_of(cloud, "variable"):
        assert f"var.{name}" in text, name
    blocks = re.findall(r'variable "\w+" \{\n(.*?)\n\}', text, re.DOTALL)
    assert all("description" in block for block in blocks)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_setting_that_the_functions_read_is_set_and_no_other(cloud: str) -> None:
    courier = ROOT / "layers/steward/python/steward/courier"
    own = "entra_from" if cloud == "azure" else "google_from"
    sources = [courier / "settings.py", ROOT / "functions" / cloud / REQUIRED[cloud]]
    tokens = (courier / "tokens.py").read_text()
    body = re.search(rf"def {own}\(.*?\n\n\n", tokens, re.DOTALL)
    assert body is not None
    code = "\n".join([*(path.read_text() for path in sources), body[0]])
    read = set(re.findall(r'"(STEWARD_[A-Z_]+)"', code)) - NOT_DEPLOYED
    given = set(re.findall(r"^\s+(STEWARD_[A-Z_]+)\s+=", text_of(cloud), re.MULTILINE))
    assert given == read - ({"STEWARD_PROJECTS"} if cloud == "azure" else set())


def test_each_azure_subscription_names_a_function_of_the_app() -> None:
    app = (ROOT / "functions/azure/function_app.py").read_text()
    named = re.findall(r"/functions/(\w+)\"", text_of("azure"))
    assert named
    assert all(f"def {one}(" in app for one in named)


def test_each_google_function_is_one_of_main() -> None:
    main = (ROOT / "functions/gcp/main.py").read_text()
    entries = re.search(r"functions = merge\((.*?)\n  \)", text_of("gcp"), re.DOTALL)
    assert entries is not None
    names = re.findall(r"^      (\w+) = \{", entries[1], re.MULTILINE)
    assert sorted(names) == ["asset", "audit", "export"]
    assert all(f"def {one}(" in main for one in names)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_no_key_lives_long(cloud: str) -> None:
    kinds = names_of(cloud, "resource")
    forbidden = {"google_service_account_key", "azuread_application_password"}
    assert not kinds & forbidden
    assert not re.search(r"(client_secret|access_key|password)\s*=", text_of(cloud))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_files_are_formatted(cloud: str) -> None:
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("terraform is not on the PATH; its formatter is not asked")
    done = subprocess.run(
        [terraform, "fmt", "-check", "-diff", str(ROOT / "deploy" / cloud)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_scanner_finds_nothing_that_is_not_accounted_for() -> None:
    scanner = environment("checkov", ["checkov==3.3.30"]).with_name("checkov")
    options = ["--framework", "terraform", "--output", "json", "--skip-download", "--quiet"]
    told = subprocess.run(
        [str(scanner), "--directory", str(ROOT / "deploy"), *options],
        check=False,
        capture_output=True,
        text=True,
    )
    found = json.loads(told.stdout)
    failed = found["results"]["failed_checks"]
    assert [(one["check_id"], one["resource"]) for one in failed] == []
    assert found["summary"]["parsing_errors"] == 0
    assert found["summary"]["resource_count"] >= sum(
        len(names_of(cloud, "resource")) for cloud in CLOUDS
    )
