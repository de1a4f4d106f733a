"""Deploying is one command; it never goes out without its third-party packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk import assets, deploy, layers


def _verbs(target: deploy.Target, *, plan: bool) -> list[str]:
    return [
        command[command.index(deploy.COMMAND_LINE) + 1]
        for command in deploy.commands(target, plan=plan)
    ]


def test_a_deployment_prepares_the_account_first() -> None:
    assert _verbs(deploy.Target("dev", "dynamodb"), plan=False) == ["bootstrap", "deploy"]


def test_a_plan_changes_nothing() -> None:
    assert _verbs(deploy.Target("production", "aurora"), plan=True) == ["diff"]


@pytest.mark.parametrize("command", deploy.commands(deploy.Target("staging", "aurora"), plan=False))
def test_every_command_names_the_environment_and_the_store(command: list[str]) -> None:
    assert "env=staging" in command
    assert "store=aurora" in command


def test_only_development_is_deployed_without_asking() -> None:
    asked = {
        env: deploy.commands(deploy.Target(env, "dynamodb"), plan=False)[1]
        for env in ("dev", "staging", "production")
    }
    assert "never" in asked["dev"]
    assert "broadening" in asked["staging"]
    assert "broadening" in asked["production"]


def test_the_node_that_runs_it_is_the_locked_one() -> None:
    node, npx, *_ = deploy.commands(deploy.Target("dev", "dynamodb"), plan=True)[0]
    assert Path(node).exists()
    assert Path(npx).exists()


def test_a_layer_without_packages_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "BUILT", tmp_path)
    (tmp_path / "base").mkdir()
    with pytest.raises(assets.LayerNotBuilt, match="layer 'base'"):
        assets.require_built({"base"})
    (tmp_path / "base" / "python" / "pydantic").mkdir(parents=True)
    assets.require_built({"base"})


def test_every_layer_that_a_manifest_may_name_has_a_list_of_packages() -> None:
    assert layers.names() == ["analytics", "base", "clouds", "printing"]
