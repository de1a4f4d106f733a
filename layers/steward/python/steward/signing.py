"""Signatures by a key that stays where it is: Ed25519 embedded, a KMS key in AWS; verified anywhere.

A key that signs for other clouds is RSA in both places, since they take nothing else.

A key's id is the SHA-256 of its public key, so whoever holds the one can tell the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from steward.errors import BadInput, NotFound, NotGranted, Throttled, Transient
from steward.secrets import FileSecrets

Algorithm: TypeAlias = Literal["ed25519", "ecdsa-p256-sha256", "rsa-pkcs1-sha256"]

_KMS_ALGORITHMS: Final = {
    "ecdsa-p256-sha256": "ECDSA_SHA_256",
    "rsa-pkcs1-sha256": "RSASSA_PKCS1_V1_5_SHA_256",
}
_RSA_BITS: Final = 3072


class PublicKey(NamedTuple):
    """A key that verifies: its id, its algorithm, and itself as PEM (SubjectPublicKeyInfo)."""

    id: str
    algorithm: Algorithm
    pem: str


class Signature(NamedTuple):
    """A signature, as hexadecimal digits, with what it takes to verify it."""

    key_id: str
    algorithm: Algorithm
    value: str


class Signer(Protocol):
    """One private key, out of reach."""

    def sign(self, message: bytes) -> Signature:
        """Sign the message.

        Raises:
            NotGranted: the function's manifest lets it read the public key alone.
            Transient: the key is out of reach.
        """
        ...

    def public_key(self) -> PublicKey:
        """The key that verifies.

        Raises:
            Transient: the key is out of reach.
        """
        ...


def public_key(pem: str) -> PublicKey:
    """A public key from its PEM.

    Raises:
        BadInput: no PEM of an Ed25519, a P-256 or a strong RSA key.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise BadInput(f"public key: {error}; give the PEM of the signing key") from error
    return _shown(key)


def verify(key: PublicKey, signature: Signature, message: bytes) -> bool:
    """Whether the signature is that key's, over that message."""
    if signature.algorithm != key.algorithm or signature.key_id != key.id:
        return False
    try:
        value = bytes.fromhex(signature.value)
        loaded = load_pem_public_key(key.pem.encode())
        if isinstance(loaded, Ed25519PublicKey):
            loaded.verify(value, message)
        elif isinstance(loaded, ec.EllipticCurvePublicKey):
            loaded.verify(value, message, ec.ECDSA(SHA256()))
        elif isinstance(loaded, rsa.RSAPublicKey):
            loaded.verify(value, message, padding.PKCS1v15(), SHA256())
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


class FileSigner:
    """A key among the secrets of this machine, made when it is first needed: Ed25519, or RSA."""

    def __init__(self, secrets: FileSecrets, name: str, *, rsa_key: bool = False) -> None:
        self._secrets = secrets
        self._name = name
        self._rsa = rsa_key

    def sign(self, message: bytes) -> Signature:
        """Sign the message."""
        shown, key = self.public_key(), self._key()
        if isinstance(key, rsa.RSAPrivateKey):
            value = key.sign(message, padding.PKCS1v15(), SHA256())
        else:
            value = key.sign(message)
        return Signature(shown.id, shown.algorithm, value.hex())

    def public_key(self) -> PublicKey:
        """The key that verifies."""
        return _shown(self._key().public_key())

    def _key(self) -> Ed25519PrivateKey | rsa.RSAPrivateKey:
        try:
            pem = self._secrets.get(self._name)
        except NotFound:
            pem = self._secrets.create(self._name, _new_pem(rsa_key=self._rsa))
        key = load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey if self._rsa else Ed25519PrivateKey):
            kind = "RSA" if self._rsa else "Ed25519"
            raise BadInput(f"secret {self._name!r}: is no {kind} key; restore it from a backup")
        return key


class KmsSigner:
    """An asymmetric key of KMS; ``client`` is boto3's ``kms``, made at the first use.

    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
    """

    def __init__(self, client: Callable[[], Any], key: str) -> None:
        self._client = client
        self._key = key
        self._public: PublicKey | None = None

    def sign(self, message: bytes) -> Signature:
        """Sign the message; KMS takes its digest, so it may be of any length."""
        key = self.public_key()
        answer = self._call(
            "sign",
            Message=hashlib.sha256(message).digest(),
            MessageType="DIGEST",
            SigningAlgorithm=_KMS_ALGORITHMS[key.algorithm],
        )
        return Signature(key.id, key.algorithm, answer["Signature"].hex())

    def public_key(self) -> PublicKey:
        """The key that verifies."""
        if self._public is None:
            answer = self._call("get_public_key")
            self._public = _shown(load_der_public_key(answer["PublicKey"]))
        return self._public

    def _call(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client(), operation)(KeyId=self._key, **arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if "Throttling" in code:
                raise Throttled(f"signing key {self._key}: {code}; try again") from error
            if code in {"AccessDeniedException", "NotFoundException"}:
                raise NotGranted(
                    f"signing key {self._key}: {code}; check the function's grants and the key"
                ) from error
            raise Transient(f"signing key {self._key}: {code}; try again") from error
        except BotoCoreError as error:
            raise Transient(f"signing key {self._key}: {error}; try again") from error


def _new_pem(*, rsa_key: bool) -> str:
    key = rsa.generate_private_key(65537, _RSA_BITS) if rsa_key else Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _shown(key: object) -> PublicKey:
    algorithm: Algorithm
    if isinstance(key, Ed25519PublicKey):
        algorithm = "ed25519"
    elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        algorithm = "ecdsa-p256-sha256"
    elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS:
        algorithm = "rsa-pkcs1-sha256"
    else:
        raise BadInput(
            f"public key: {type(key).__name__}; use an Ed25519, a P-256 or an RSA key of {_RSA_BITS} bits"
        )
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return PublicKey(hashlib.sha256(der).hexdigest(), algorithm, pem)
