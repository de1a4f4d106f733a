"""A key that stays in KMS signs what anybody verifies with its public key, here and offline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto import mock_aws

from functions.audit.model.signed import Sealed, next_head
from steward.errors import BadInput, NotGranted, StewardError, Throttled, Transient
from steward.signing import KmsSigner, public_key, verify


@pytest.fixture
def kms() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client(
            "kms",
            region_name="eu-central-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


def new_key(kms: Any, spec: str = "ECC_NIST_P256") -> str:
    made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)
    return str(made["KeyMetadata"]["KeyId"])


def test_kms_takes_what_is_sent_as_a_digest_and_verifies_it_itself(kms: Any) -> None:
    key = new_key(kms)
    signature = KmsSigner(lambda: kms, key).sign(b"head 1")
    digest = hashlib.sha256(b"head 1").digest()
    answer = kms.verify(
        KeyId=key,
        Message=digest,
        MessageType="DIGEST",
        Signature=bytes.fromhex(signature.value),
        SigningAlgorithm="ECDSA_SHA_256",
    )
    assert answer["SignatureValid"]
    # moto hashes a digest once more, which KMS does not: see Prehashing below.
    assert verify(KmsSigner(lambda: kms, key).public_key(), signature, digest)


@pytest.mark.parametrize("message", [b"", b"head 1", b"x" * 100_000])
def test_what_kms_signs_verifies_with_the_public_key_alone(message: bytes) -> None:
    signer = kms_like()
    signature = signer.sign(message)
    shown = public_key(signer.public_key().pem)
    assert (shown, shown.algorithm) == (signer.public_key(), "ecdsa-p256-sha256")
    assert verify(shown, signature, message)
    assert not verify(shown, signature, message + b"!")
    flipped = signature.value[:-2] + f"{int(signature.value[-2:], 16) ^ 1:02x}"
    assert not verify(shown, signature._replace(value=flipped), message)


def test_another_key_verifies_nothing_of_it() -> None:
    ours, theirs = kms_like(), kms_like()
    signature = ours.sign(b"head")
    assert not verify(theirs.public_key(), signature, b"head")
    borrowed = signature._replace(key_id=theirs.public_key().id)
    assert not verify(theirs.public_key(), borrowed, b"head")


def test_a_head_of_the_trail_is_signed_by_it_and_trusted_by_that_key_alone() -> None:
    ours, theirs = kms_like(), kms_like()
    leaves = ("a" * 64, "b" * 64)
    head = next_head(
        None, leaves, tenant="acme", at="2026-03-02T12:00:00+00:00", key=ours.public_key()
    )
    signed = head.model_copy(update={"signature": ours.sign(head.statement).value})
    assert Sealed(head=signed, leaves=leaves).whole
    assert signed.signed_by((ours.public_key(),))
    assert not signed.signed_by((theirs.public_key(),))
    assert not signed.model_copy(update={"last": 3}).signed_by((ours.public_key(),))


def test_the_public_key_is_asked_for_once(kms: Any) -> None:
    asked: list[str] = []
    signer = KmsSigner(lambda: Noting(kms, asked), new_key(kms))
    for _ in range(3):
        signer.sign(b"x")
    assert asked == ["get_public_key", "sign", "sign", "sign"]


def test_a_key_of_another_kind_is_refused_by_name(kms: Any) -> None:
    with pytest.raises(BadInput, match="P-256"):
        KmsSigner(lambda: kms, new_key(kms, "RSA_2048")).public_key()


def test_a_key_that_is_not_there_is_a_matter_of_grants(kms: Any) -> None:
    with pytest.raises(NotGranted, match="NotFoundException"):
        KmsSigner(lambda: kms, "0b7f0c6e-0000-4000-8000-000000000000").sign(b"x")


@pytest.mark.parametrize(
    ("vendor", "ours"),
    [
        ("ThrottlingException", Throttled),
        ("AccessDeniedException", NotGranted),
        ("KMSInternalException", Transient),
        ("", Transient),
    ],
)
def test_what_kms_answers_becomes_worth_trying_again_or_not(
    vendor: str, ours: type[StewardError]
) -> None:
    with pytest.raises(ours, match="key-1"):
        KmsSigner(lambda: Failing(vendor), "key-1").sign(b"x")


class Prehashing:
    """KMS as documented: what is sent as a digest is signed as it is.

    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html (MessageType)
    """

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def sign(self, **asked: Any) -> Any:
        assert (asked["MessageType"], asked["SigningAlgorithm"]) == ("DIGEST", "ECDSA_SHA_256")
        algorithm = ec.ECDSA(Prehashed(SHA256()))
        return {"Signature": self._key.sign(asked["Message"], algorithm)}

    def get_public_key(self, **_: Any) -> Any:
        shown = self._key.public_key()
        return {"PublicKey": shown.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)}


def kms_like() -> KmsSigner:
    client = Prehashing()
    return KmsSigner(lambda: client, "key-1")


class Noting:
    """A client that notes what is called."""

    def __init__(self, client: Any, asked: list[str]) -> None:
        self._client, self._asked = client, asked

    def __getattr__(self, name: str) -> Any:
        self._asked.append(name)
        return getattr(self._client, name)


class Failing:
    """A client that gets this answer; none at all when there is no code."""

    def __init__(self, code: str) -> None:
        self._code = code

    def get_public_key(self, **_: Any) -> Any:
        if not self._code:
            raise EndpointConnectionError(endpoint_url="https://kms.example")
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "GetPublicKey")
