from __future__ import annotations

from pathlib import Path

import pytest

from functions.policy.adapters.rule_files import SHIPPED, load, rule_files
from functions.policy.adapters.shelf import Shelf, types_in
from functions.policy.model.language.errors import RuleError
from functions.policy.model.rule import Pack, Rule


class Reader:
    """Reads rules and remembers which."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, path: Path) -> Rule:
        self.read.append(path.stem)
        return load(path)


def rule_text(rule_id: str, resources: str) -> str:
    return (
        f"id: {rule_id}\ntitle: Open\nseverity: low\nresources: {resources}\n"
        "when: configuration.open == true\nmessage: open\nremediation: close it\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {
        "b-bucket": "[AWS::S3::Bucket]",
        "a-both": "\n  - AWS::S3::Bucket\n  - Microsoft.Storage/storageAccounts",
        "c-topic": '["AWS::SNS::Topic"]',
        "d-odd": "[AWS::SQS::Queue,\n  AWS::SNS::Topic]",
    }
    for rule_id, resources in texts.items():
        (tmp_path / f"{rule_id}.yaml").write_text(rule_text(rule_id, resources), "utf-8")
    return tmp_path


def test_only_the_rules_of_a_type_that_turns_up_are_read(folder: Path) -> None:
    reader = Reader()
    shelf = Shelf(rule_files(folder), reader)
    assert [rule.id for rule in shelf.of("AWS::S3::Bucket")] == ["a-both", "b-bucket"]
    assert [rule.id for rule in shelf.of("Microsoft.Storage/storageAccounts")] == ["a-both"]
    assert sorted(set(reader.read)) == ["a-both", "b-bucket", "d-odd"]


def test_types_written_in_an_unusual_way_are_found_all_the_same(folder: Path) -> None:
    shelf = Shelf(rule_files(folder), load)
    assert [rule.id for rule in shelf.of("AWS::SNS::Topic")] == ["c-topic", "d-odd"]
    assert shelf.of("AWS::EC2::Volume") == ()


def test_a_shelf_answers_as_a_pack_of_all_its_rules(folder: Path) -> None:
    files = rule_files(folder)
    shelf, pack = Shelf(files, load), Pack(load(path) for path in files)
    for resource_type in ("AWS::SNS::Topic", "AWS::S3::Bucket", "AWS::SQS::Queue", "none"):
        assert shelf.digest(resource_type) == pack.digest(resource_type)
    assert [rule.id for rule in shelf.all()] == [rule.id for rule in pack.all()]
    found = shelf.get("c-topic")
    assert found is not None
    assert found.resources == ("AWS::SNS::Topic",)
    assert shelf.get("e-none") is None


def test_a_rule_is_read_once_whatever_is_asked_first(folder: Path) -> None:
    reader = Reader()
    shelf = Shelf(rule_files(folder), reader)
    shelf.get("b-bucket")
    shelf.of("AWS::S3::Bucket")
    shelf.all()
    assert reader.read.count("b-bucket") == reader.read.count("a-both") == 1


def test_a_broken_file_hurts_its_own_type_alone(folder: Path) -> None:
    broken = folder / "c-topic.yaml"
    broken.write_text(broken.read_text("utf-8").replace("== true", "=="), "utf-8")
    shelf = Shelf(rule_files(folder), load)
    assert len(shelf.of("AWS::S3::Bucket")) == 2
    with pytest.raises(RuleError, match="c-topic"):
        shelf.of("AWS::SNS::Topic")
    with pytest.raises(RuleError, match="c-topic"):
        shelf.of("AWS::SNS::Topic")


def test_every_shipped_rule_is_on_the_shelf_under_each_of_its_types() -> None:
    for path in rule_files(SHIPPED):
        assert types_in(path.read_text("utf-8")) == load(path).resources, path
