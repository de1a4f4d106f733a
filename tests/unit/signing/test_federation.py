"""Tokens by which other clouds know Steward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import jwt
import pytest
from moto import mock_aws

from steward.errors import BadInput
from steward.federation import assertion, jwk_of, subject_of
from steward.secrets import FileSecrets
from steward.signing import FileSigner, KmsSigner, Signer, public_key, verify

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rsa_signer(folder: Path) -> FileSigner:
    return FileSigner(FileSecrets(folder), "signers/federation", rsa_key=True)


def token(signer: Signer, **changes: str) -> str:
    said = {"issuer": "https://steward.example", "subject": "steward:acme:1", "audience": "api://x"}
    return assertion(signer, **{**said, **changes}, id_="t1", now=NOW)


def test_a_token_verifies_by_the_shown_key_as_any_relying_party_does(tmp_path: Path) -> None:
    signer = rsa_signer(tmp_path)
    shown = jwt.PyJWK.from_dict(jwk_of(signer.public_key()))
    made = token(signer)
    read = jwt.decode(
        made, shown, algorithms=["RS256"], audience="api://x", options={"verify_exp": False}
    )
    assert (read["sub"], read["iss"]) == ("steward:acme:1", "https://steward.example")
    assert read["exp"] - read["iat"] == timedelta(minutes=5).total_seconds()
    assert jwt.get_unverified_header(made)["kid"] == shown.key_id


def test_a_key_on_disk_is_the_same_the_next_time_and_of_the_kind_that_was_asked_for(
    tmp_path: Path,
) -> None:
    first, again = rsa_signer(tmp_path), rsa_signer(tmp_path)
    assert verify(again.public_key(), first.sign(b"x"), b"x")
    assert not verify(again.public_key(), first.sign(b"x"), b"y")
    with pytest.raises(BadInput, match="no Ed25519 key"):
        FileSigner(FileSecrets(tmp_path), "signers/federation").sign(b"x")


def test_a_key_of_kms_signs_them_too() -> None:
    with mock_aws():
        kms = boto3.client("kms", "eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
        made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_3072")
        signer = KmsSigner(lambda: kms, made["KeyMetadata"]["KeyId"])
        assert jwk_of(signer.public_key())["kty"] == "RSA"
        assert signer.sign(b"x").algorithm == "rsa-pkcs1-sha256"
        assert public_key(signer.public_key().pem) == signer.public_key()


def test_a_key_that_entra_would_not_take_is_refused_by_name(tmp_path: Path) -> None:
    signer = FileSigner(FileSecrets(tmp_path), "signers/audit")
    with pytest.raises(BadInput, match="ed25519"):
        jwk_of(signer.public_key())


def test_subjects_differ_by_tenant_and_by_claim_and_fit_into_google_clouds() -> None:
    subjects = {subject_of(tenant, id_) for tenant in ("acme", "acme2") for id_ in ("1", "2")}
    assert len(subjects) == 4
    assert len(subject_of("a" * 63, "f" * 48)) <= 127
    with pytest.raises(BadInput, match="shorter tenant name"):
        subject_of("a" * 80, "f" * 48)
