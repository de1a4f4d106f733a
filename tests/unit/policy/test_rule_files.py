from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.policy.adapters.case_files import cases_of, duplicates, problems
from functions.policy.adapters.rule_files import load, rule_files
from functions.policy.model.case import NOON, read_cases, try_cases
from functions.policy.model.language.errors import RuleError
from functions.policy.model.rule import Severity
from functions.policy.model.rule_file import read_rule

RULE = """\
id: {id}
title: Bucket is open
severity: high
resources: [AWS::S3::Bucket]
when: |
  configuration.open == true
    && configuration.size > params.most
parameters:
  most: {{default: 5, description: How large it may be.}}
message: "Bucket {{resource.name}} is {{configuration.size}} large."
remediation: Close it.
references: [https://example.com/open]
controls:
  fsbp: [S3.1]
"""
CASES = """\
resource:
  name: orders
  configuration: {open: true, size: 9}
cases:
  - name: large and open
    expect: violation
    message: Bucket orders is 9 large.
  - name: closed
    expect: pass
    set: {/configuration/open: false}
"""


def rule_text(old: str = "", new: str = "") -> str:
    text = RULE.format(id="open-bucket")
    assert old in text
    return text.replace(old, new, 1)


def refusal(text: str) -> RuleError:
    with pytest.raises(RuleError) as caught:
        read_rule(text, "rules/open-bucket.yaml")
    return caught.value


def test_a_rule_file_reads_as_it_is_written() -> None:
    rule = read_rule(rule_text(), "rules/open-bucket.yaml")
    assert (rule.id, rule.severity, rule.resources) == (
        "open-bucket",
        Severity.HIGH,
        ("AWS::S3::Bucket",),
    )
    assert rule.parameters == {"most": 5}
    assert rule.controls == {"fsbp": ("S3.1",)}
    assert rule.reads == {"/configuration/open", "/configuration/size", "/name"}


@pytest.mark.parametrize(
    ("old", "new", "place", "field", "words"),
    [
        ("severity: high", "severity: urgent", (3, 11), "severity", "critical, high, medium, low"),
        ("severity: high\n", "", (1, 1), "severity", "missing"),
        ("title: Bucket is open", "titel: Bucket", (2, 1), "titel", "use id, title, severity"),
        ("title:", "id:", (2, 1), "id", "given twice"),
        ("id: open-bucket", "id: Open", (1, 5), "id", "use the file's name, 'open-bucket'"),
        ("[AWS::S3::Bucket]", "[s3.bucket]", (4, 13), "resources", "AWS::S3::Bucket"),
        ("[AWS::S3::Bucket]", "[]", (4, 12), "resources", "AWS::S3::Bucket"),
        ("[AWS::S3::Bucket]", "AWS::S3::Bucket", (4, 12), "resources", "no list"),
        ("== true", "= true", (6, 22), "when", "compare with '=='"),
        ("params.most", "params.mots", (7, 36), "when", "did you mean most?"),
        ("size > params", "size > > params", (7, 29), "when", "expected a value"),
        (
            "configuration.open ==",
            "configration.open ==",
            (6, 3),
            "when",
            "did you mean configuration?",
        ),
        ("configuration.open ==", "resource.nam ==", (6, 12), "when", "did you mean name?"),
        ("configuration.open == true", "siez(configuration.a) == 1", (6, 3), "when", "mean size?"),
        ("configuration.open == true", "size(1) == 1", (6, 8), "when", "list or map or string"),
        ("configuration.open == true", "1 + 1", (6, 5), "when", "'&&' with a int"),
        ("configuration.open == true", "'a' == 1", (6, 7), "when", "compare values of one kind"),
        ("configuration.open == true", "resource.name.matches('(a+)+')", (6, 25), "when", "repeat"),
        (
            "configuration.open == true",
            "resource.name.matches('(?=a)')",
            (6, 25),
            "when",
            "look-around",
        ),
        ("configuration.open == true", "now - duration('9 days') < now", (6, 18), "when", "90d"),
        ("configuration.open == true", "(configuration.open", (7, 40), "when", "expected ')'"),
        ("configuration.open == true", "'open == true", (6, 3), "when", "closing quote"),
        ("configuration.open == true", "has(open)", (6, 3), "when", "takes one field"),
        ("configuration.open == true", "tags.all(x)", (6, 13), "when", "it takes 2"),
        ("configuration.open == true", "tags.all(now, true)", (6, 8), "when", "choose another"),
        ("configuration.open == true", "while == 1", (6, 3), "when", "reserved word"),
        ("{resource.name} is", "{resource.name is", (10, 18), "message", "'{' without its '}'"),
        ("is {configuration.size}", "is }", (10, 37), "message", "'}' without its '{'"),
        ("{resource.name}", "{resource.nome}", (10, 28), "message", "did you mean name?"),
        ("{default: 5, ", "{", (9, 9), "parameters.most.default", "missing"),
        ("https://", "ftp://", (12, 14), "references", "https://"),
        ("  fsbp", "  pci", (14, 3), "pci", "use fsbp, cis-aws-3.0, "),
        ("Close it.", "''", (11, 14), "remediation", "1 to 1000 characters"),
    ],
)
def test_an_error_names_file_line_column_field_and_what_is_allowed(
    old: str, new: str, place: tuple[int, int], field: str, words: str
) -> None:
    error = refusal(rule_text(old, new))
    assert (error.line, error.column) == place
    assert error.field == field
    assert words in str(error)
    assert str(error).startswith(f"rules/open-bucket.yaml:{place[0]}:{place[1]}: {field}: ")


@pytest.mark.parametrize(
    "text", ["", "[1]", "a: [", "x", "\t", "!!python/object:os.system {}", "&a [*a]"]
)
def test_what_is_no_rule_at_all_is_refused_in_one_line(text: str) -> None:
    assert "\n" not in str(refusal(text))


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 100 + "true" + ")" * 100,
        "!" * 100 + "true",
        " + ".join(["1"] * 100) + " == 1",
        "configuration" + ".a" * 100,
        "true" + " && true" * 2_000,
        "[" * 40 + "]" * 40 + " == []",
        "true ? " * 40 + "true" + " : true" * 40,
        "configuration.a.all(a, a.all(b, b.all(c, c.all(d, d == 1))))",
        "9223372036854775808 == 1",
        "configuration.a == 1 || " + " || ".join(["configuration.a == 1"] * 300),
    ],
)
def test_an_expression_beyond_a_limit_is_refused_and_says_which(expression: str) -> None:
    error = refusal(rule_text("configuration.open == true", expression))
    assert error.field == "when"


@given(st.text(max_size=60))
@example("configuration.a == 'é\\u00e9'")
@example("a[")
def test_no_text_makes_the_reader_do_anything_but_refuse(text: str) -> None:
    with contextlib.suppress(RuleError):
        read_rule(rule_text("configuration.open == true", text), "rules/open-bucket.yaml")


@given(st.text(alphabet="abc.&|!=<>+-*/%?:()[]{}'\"0123 \n\\,_", max_size=60))
def test_no_text_of_the_languages_own_characters_does_either(text: str) -> None:
    with contextlib.suppress(RuleError):
        read_rule(rule_text("configuration.open == true", text), "rules/open-bucket.yaml")


def test_a_missing_value_shows_as_unknown_and_long_ones_are_cut() -> None:
    rule = read_rule(
        rule_text(
            "{configuration.size} large", "{configuration.names} {{or}} {configuration.gone}"
        ),
        "rules/open-bucket.yaml",
    )
    rendered = rule.message.render(
        {"name": "b", "configuration": {"names": ["n" * 150, "m" * 150, "n" * 150]}, "tags": {}},
        NOON,
    )
    assert rendered == f"Bucket b is {'n' * 150}, {'m' * 47}… {{or}} unknown."


def write(folder: Path, rule_id: str, *, rule: str = RULE, cases: str | None = CASES) -> Path:
    path = folder / f"{rule_id}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rule.format(id=rule_id), "utf-8")
    if cases is not None:
        path.with_suffix(".cases.yaml").write_text(cases, "utf-8")
    return path


def test_one_broken_file_is_one_line_and_the_others_are_still_tried(tmp_path: Path) -> None:
    write(tmp_path, "good")
    write(tmp_path, "broken", rule=RULE.replace("severity: high", "severity: hihg"))
    write(tmp_path, "untested", cases=None)
    write(tmp_path, "wrong", cases=CASES.replace("expect: pass", "expect: violation"))
    lines = list(problems(tmp_path))
    assert len(lines) == 4
    assert any("broken.yaml:3:11: severity: 'hihg'" in line for line in lines)
    assert any("untested.cases.yaml:1:1: file: missing" in line for line in lines)
    assert any("case 'closed': expected violation, got a pass" in line for line in lines)
    assert any("no case expects a pass; add one" in line for line in lines)


def test_two_folders_with_the_same_id_are_told(tmp_path: Path) -> None:
    write(tmp_path / "a", "twice")
    write(tmp_path / "b", "twice")
    assert len(list(duplicates(rule_files(tmp_path)))) == 1


def test_a_case_that_says_another_message_fails(tmp_path: Path) -> None:
    path = write(tmp_path, "good", cases=CASES.replace("9 large", "8 large"))
    outcomes = list(try_cases(load(path), cases_of(path)))
    assert outcomes[0].problem == (
        "message 'Bucket orders is 9 large.', expected 'Bucket orders is 8 large.'"
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("expect: pass", "expect: maybe", "cases.1.expect"),
        ("name: closed", "nome: closed", "cases.1.n"),
        ("resource:", "resources:", "resource"),
    ],
)
def test_broken_cases_name_the_field(old: str, new: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        read_cases(CASES.replace(old, new), "x.cases.yaml")


def test_a_change_that_fits_nowhere_fails_the_case() -> None:
    cases = read_cases(CASES.replace("/configuration/open:", "/nowhere/open:"), "x.cases.yaml")
    rule = read_rule(rule_text(), "rules/open-bucket.yaml")
    problems = [outcome.problem for outcome in try_cases(rule, cases)]
    assert problems[1] == "no such place in the resource: 'nowhere'"
