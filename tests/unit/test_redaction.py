"""Laws of redaction: what is secret goes, what is not stays, and doing it twice is doing it once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.log import EdgeEvent, Log
from steward.redaction import REDACTED, is_secret, masked, muted, redacted

SECRET = "s3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3t"  # made up
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"key stw_acme.{SECRET}.", "key stw_acme.[redacted]."),
        (f"Authorization: Bearer {SECRET}", "Authorization: Bearer [redacted]"),
        (f"eyJhbGciOi.eyJzdWIiOi.{SECRET}", "eyJ[redacted]"),
        (f"xoxb-{SECRET} is it", "xoxb-[redacted] is it"),
        (f"ghp_{SECRET}", "ghp_[redacted]"),
        (f"github_pat_{SECRET}", "github_pat_[redacted]"),
        (f"glpat-{SECRET}", "glpat-[redacted]"),
        (f"whsec_{SECRET}", "whsec_[redacted]"),
        (f"postgresql://app:{SECRET}@db:5432/x", "postgresql://app:[redacted]@db:5432/x"),
        (f"https://:{SECRET}@example.com/a", "https://:[redacted]@example.com/a"),
        (
            f"otpauth://totp/a?secret={SECRET}&issuer=b",
            "otpauth://totp/a?secret=[redacted]&issuer=b",
        ),
        (
            f"a -----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY----- b",
            "a -----BEGIN RSA PRIVATE KEY-----[redacted] b",
        ),
        (f"-----BEGIN PRIVATE KEY-----\n{SECRET}", "-----BEGIN PRIVATE KEY-----[redacted]"),
    ],
)
def test_a_secret_whose_shape_gives_it_away_goes_and_the_rest_stays(text: str, left: str) -> None:
    assert masked(text) == left
    assert SECRET not in muted(text)


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db/password-AbCdEf",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "https://example.com/a?page=2&token_type=x",
        "user@example.com: high light, ghosts and ghp_short",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "https://sqs.eu-west-1.amazonaws.com/111122223333/queue",
        "git@github.com:acme/birds.git",
        "AKIAIOSFODNN7EXAMPLE",
        '{"Statement":[{"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}]}',
    ],
)
def test_what_only_looks_a_little_like_a_secret_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ({"masterUserPassword": "x"}, {"masterUserPassword": REDACTED}),
        ({"master_user_password": "x"}, {"master_user_password": REDACTED}),
        ({"password": ""}, {"password": ""}),
        ({"password": None, "passwordEnabled": True}, {"password": None, "passwordEnabled": True}),
        ({"nextToken": "n", "clientToken": "c"}, {"nextToken": "n", "clientToken": "c"}),
        ({"secret": {"arn": "a"}}, {"secret": {"arn": "a"}}),
        ({"secretArn": "a", "secretName": "b"}, {"secretArn": "a", "secretName": "b"}),
        ({"userData": {"value": "x"}}, {"userData": {"value": REDACTED}}),
        ({"userData": "x"}, {"userData": REDACTED}),
        (
            {"variables": {"DB_PASSWORD": "x", "DB_HOST": "h", "TOKEN_NAME": "n", "API_KEY": ""}},
            {
                "variables": {
                    "DB_PASSWORD": REDACTED,
                    "DB_HOST": "h",
                    "TOKEN_NAME": "n",
                    "API_KEY": "",
                }
            },
        ),
        (
            {"environment": [{"name": "DATABASE_URL", "value": "x"}, {"name": "A", "value": "b"}]},
            {
                "environment": [
                    {"name": "DATABASE_URL", "value": REDACTED},
                    {"name": "A", "value": "b"},
                ]
            },
        ),
        ({"environment": "production"}, {"environment": "production"}),
    ],
)
def test_a_secret_field_keeps_its_name_and_only_text_is_taken(value: Any, left: Any) -> None:
    assert redacted(value) == left


@given(JSON)
def test_redacting_twice_changes_nothing_more(value: Any) -> None:
    assert redacted(redacted(value)) == redacted(value)


@given(JSON)
def test_what_names_no_secret_and_holds_none_stays_as_it_is(value: Any) -> None:
    def named(part: Any) -> bool:
        if isinstance(part, dict):
            return any(is_secret(name) or named(inner) for name, inner in part.items())
        return isinstance(part, list) and any(map(named, part))

    if not named(value):
        assert redacted(value) == value


@pytest.mark.parametrize(
    "text",
    [
        f"password={SECRET}",
        f'"aws_secret_access_key": "{SECRET}"',
        f"client_secret: {SECRET}; retry",
        f"Set-Cookie: {SECRET}",
        f"{{'totp_secret': '{SECRET}'}}",
    ],
)
def test_a_log_also_loses_what_is_assigned_to_a_secret_name(text: str) -> None:
    assert SECRET not in muted(text)
    assert REDACTED in muted(text)


def test_a_line_of_the_log_holds_no_secret_wherever_it_stood(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = Log("redaction-test")
    fields = {"nested": {"token": SECRET, "why": [f"Bearer {SECRET}"]}, "count": 3}
    error = ValueError(f"no such key: stw_acme.{SECRET}")
    log.error(EdgeEvent.REQUEST_FAILED, error=error, password=SECRET, **fields)
    line = capsys.readouterr().out
    assert SECRET not in line
    said = json.loads(line)
    assert said["message"] == "request.failed"
    assert said["count"] == 3
    assert "no such key: stw_acme.[redacted]" in said["exception"]
