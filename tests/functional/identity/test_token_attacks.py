"""Laws of bearer tokens: what was forged or is malformed gets one 401, what is good gets in."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from steward.edge.http import Api
from steward.identity import SYSTEM, Grant, Role
from steward.identity.directory import (
    ISSUERS,
    LINKS,
    PRINCIPALS,
    PUBLIC_KEYS,
    Issuer,
    Link,
    Principal,
    PublicKey,
    Standing,
    issuer_id,
    link_id,
)
from steward.identity.tokens import audience_of
from steward.store.collection import Collection
from steward.store.work import Work
from tests.edge_world import KEEPER, NOON, TENANT, EdgeWorld, edge_world
from tests.minting import FakeSets, Signer, b64, eddsa, es256, rs256, rsa_key

OURS = "https://steward.example"
THEIRS = "https://id.example/acme"
FOREIGN = "https://id.example/globex"
AUDIENCE = "steward-acme"
NOW = int(NOON.timestamp())

api: Api[Work] = Api(wire=lambda work: work)


@api.get("/api/v1/test/whoami", permission="hook:view")
def whoami(*, deps: Work) -> dict[str, Any]:
    caller = deps.scope.caller
    assert caller is not None
    return {
        "id": caller.id,
        "tenant": caller.tenant,
        "mfa": caller.mfa,
        "roles": [grant.role for grant in caller.grants],
        "on_behalf_of": caller.on_behalf_of,
    }


@dataclass
class Scene:
    """Steward with two keys of its own, an issuer for this tenant and one for another."""

    world: EdgeWorld
    sets: FakeSets = field(default_factory=FakeSets)
    own_ed: Signer = field(default_factory=lambda: eddsa("own-ed"))
    own_rs: Signer = field(default_factory=lambda: rs256("own-rs"))
    their_rs: Signer = field(default_factory=lambda: rs256("their-rs", number=1))
    their_es: Signer = field(default_factory=lambda: es256("their-es"))
    foreign: Signer = field(default_factory=lambda: rs256("foreign-rs", number=2))
    mallory: Signer = field(default_factory=lambda: rs256("their-rs", number=3))

    def keep(self, tenant: str, collection: Collection[Any], entity: Any) -> None:
        work = self.world.work(tenant=tenant, function=KEEPER)
        kept = work.table("directory").of(collection)
        kept.get(collection.id(entity))
        kept.put(entity)
        work.commit()
        self.world.resources.directory.forget()

    def set_up(self) -> Scene:
        for signer in (self.own_ed, self.own_rs):
            self.show(signer)
        self.trust(THEIRS, TENANT, [self.their_rs, self.their_es])
        self.trust(FOREIGN, "globex", [self.foreign])
        viewer = (Grant(role=Role.VIEWER),)
        self.keep(TENANT, PRINCIPALS, Principal(id="user:ada", grants=viewer))
        self.keep(TENANT, LINKS, Link(id=link_id(THEIRS, "s-ada"), principal="user:ada"))
        return self

    def show(self, signer: Signer, **changes: Any) -> None:
        shown = PublicKey(kid=signer.kid, issuer=OURS, jwk=signer.jwk, created_at=NOON)
        self.keep(SYSTEM, PUBLIC_KEYS, shown.model_copy(update=changes))

    def trust(self, url: str, tenant: str, signers: list[Signer], **changes: Any) -> None:
        audience = f"steward-{tenant}"
        issuer = Issuer(
            id=issuer_id(url, audience),
            issuer=url,
            audience=audience,
            tenant=tenant,
            jwks_uri=f"{url}/jwks",
            groups_claim="groups",
            group_grants={"Billing Team": (Grant(role=Role.VIEWER),)},
        )
        self.keep(SYSTEM, ISSUERS, issuer.model_copy(update=changes))
        self.sets.sets[f"{url}/jwks"] = [signer.jwk for signer in signers]

    def ours(self, **changes: Any) -> dict[str, Any]:
        claims = {"iss": OURS, "aud": audience_of(OURS), "sub": "user:ada", "tenant": TENANT}
        return _without_none({**claims, "scope": "api", **_times(), **changes})

    def theirs(self, **changes: Any) -> dict[str, Any]:
        claims = {"iss": THEIRS, "aud": AUDIENCE, "sub": "s-ada", **_times()}
        return _without_none({**claims, **changes})

    def ask(self, token: str, *, path: str = "/api/v1/test/whoami") -> tuple[int, dict[str, Any]]:
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"authorization": f"Bearer {token}"},
            "requestContext": {
                "http": {"method": "GET", "path": path, "sourceIp": "192.0.2.7"},
                "requestId": "request-1",
                "stage": "$default",
            },
            "isBase64Encoded": False,
        }
        answer = self.world.call(api.handler, event)
        return int(answer["statusCode"]), json.loads(answer["body"])


def _times() -> dict[str, int]:
    return {"iat": NOW, "exp": NOW + 3600}


def _without_none(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not None}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    world, sets = edge_world(tmp_path), FakeSets()
    keys = sets.keys()
    world.resources = replace(world.resources, issuer_keys=lambda: keys)
    return Scene(world, sets).set_up()


def _unsigned(scene: Scene, alg: str) -> str:
    head = json.dumps({"alg": alg, "kid": "own-ed", "typ": "at+jwt"}).encode()
    return f"{b64(head)}.{b64(json.dumps(scene.ours()).encode())}.{b64(b'x')}"


def _hs256_by_public_key(scene: Scene) -> str:
    public = scene.their_rs.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = json.dumps({"alg": "HS256", "kid": "their-rs", "typ": "at+jwt"}).encode()
    signed = f"{b64(head)}.{b64(json.dumps(scene.theirs()).encode())}"
    return f"{signed}.{b64(hmac.digest(public, signed.encode(), 'sha256'))}"


def _twice(scene: Scene) -> str:
    body = json.dumps(scene.ours())[:-1] + f', "sub": "user:root", "exp": {NOW + 60}}}'
    return scene.own_ed.sign(body.encode())


def _twice_in_the_header(scene: Scene) -> str:
    head = b'{"alg":"EdDSA","kid":"own-ed","typ":"at+jwt","kid":"own-rs"}'
    return scene.own_ed.seal(head, json.dumps(scene.ours()).encode())


def _psychic(scene: Scene) -> str:
    # CVE-2022-21449: r = s = 0 verified anything.
    signed, _, _ = scene.their_es.sign(scene.theirs()).rpartition(".")
    return f"{signed}.{b64(bytes(64))}"


def _wrong_curve(scene: Scene) -> str:
    wide = Signer("their-wide", "ES384", ec.generate_private_key(ec.SECP384R1()))
    scene.sets.sets[f"{THEIRS}/jwks"].append({**wide.jwk, "alg": "ES256"})
    return wide.sign(scene.theirs(), alg="ES256")


def _tiny(scene: Scene) -> str:
    tiny = Signer("their-tiny", "RS256", rsa_key(1024))
    scene.sets.sets[f"{THEIRS}/jwks"].append(tiny.jwk)
    return tiny.sign(scene.theirs())


def _for_encryption(scene: Scene) -> str:
    other = rs256("their-enc", number=4)
    scene.sets.sets[f"{THEIRS}/jwks"].append({**other.jwk, "use": "enc"})
    return other.sign(scene.theirs())


def _rotated_out(scene: Scene) -> str:
    scene.show(scene.own_ed, retires_at=NOON - timedelta(seconds=1))
    return scene.own_ed.sign(scene.ours())


def _by_a_former_key_of_theirs(scene: Scene) -> str:
    token = scene.their_rs.sign(scene.theirs())
    assert scene.ask(token)[0] == 200
    scene.sets.sets[f"{THEIRS}/jwks"] = [scene.their_es.jwk]
    scene.world.clock.forward(timedelta(minutes=10))
    return token


def _other_bits(scene: Scene) -> str:
    # Another spelling of the same bytes: the last character's unused bits.
    token = scene.own_ed.sign(scene.ours())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def _flipped(scene: Scene) -> str:
    head, body, signature = scene.own_ed.sign(scene.ours()).split(".")
    at = len(signature) // 2
    return (
        f"{head}.{body}.{signature[:at]}{'A' if signature[at] != 'A' else 'B'}{signature[at + 1 :]}"
    )


def _other_payload(scene: Scene) -> str:
    head, _, signature = scene.own_ed.sign(scene.ours()).split(".")
    return f"{head}.{b64(json.dumps(scene.ours(sub='user:root')).encode())}.{signature}"


def _nan(scene: Scene) -> str:
    body = json.dumps(scene.ours(exp=-1)).replace("-1", "NaN")
    return scene.own_ed.sign(body.encode())


def _own(header: dict[str, Any] | None = None, **claims: Any) -> Callable[[Scene], str]:
    return lambda scene: scene.own_ed.sign(scene.ours(**claims), **(header or {}))


def _their(header: dict[str, Any] | None = None, **claims: Any) -> Callable[[Scene], str]:
    return lambda scene: scene.their_rs.sign(scene.theirs(**claims), **(header or {}))


def _mallory(**header: Any) -> Callable[[Scene], str]:
    return lambda scene: scene.mallory.sign(scene.theirs(), **header)


ATTACKS: dict[str, Callable[[Scene], str]] = {
    "alg none": lambda scene: _unsigned(scene, "none"),
    "alg None": lambda scene: _unsigned(scene, "None"),
    "alg nOnE": lambda scene: _unsigned(scene, "nOnE"),
    "HS256 keyed with the public key": _hs256_by_public_key,
    "kid walks the file system": _own({"kid": "../../../../dev/null"}),
    "kid is SQL": _own({"kid": "x' UNION SELECT 'key' --"}),
    "kid nobody has": _their({"kid": "nobody"}),
    "kid missing": _own({"kid": None}),
    "key set elsewhere (jku)": _mallory(jku="https://mallory.example/jwks"),
    "key in the header (jwk)": lambda scene: scene.mallory.sign(
        scene.theirs(), jwk=scene.mallory.jwk
    ),
    "certificate elsewhere (x5u)": _mallory(x5u="https://mallory.example/cert"),
    "certificate in the header (x5c)": _mallory(x5c=["MIIB"]),
    "critical extension": _own({"crit": ["exp"], "exp": 1}),
    "unencoded payload (b64)": _own({"crit": ["b64"], "b64": False}),
    "b64 alone": _own({"b64": False}),
    "nested token (cty)": _own({"cty": "JWT"}),
    "typ of a logout token": _own({"typ": "logout+jwt"}),
    "id token as access token": _own({"typ": "JWT"}),
    "typ missing": _own({"typ": None}),
    "aud of somebody else": _their(aud="another-service"),
    "aud in a list without ours": _their(aud=["another-service", "steward-acme "]),
    "aud of our API and another": _own(aud=[audience_of(OURS), "https://else.example"]),
    "aud missing": _own(aud=None),
    "iss of somebody else": _their(iss="https://mallory.example"),
    "iss that begins with ours": _own(iss=f"{OURS}.mallory.example"),
    "iss with a slash more": _their(iss=f"{THEIRS}/"),
    "exp missing": _own(exp=None),
    "exp past": _own(iat=NOW - 7200, exp=NOW - 61),
    "exp in another age": _own(exp=NOW + 10 * 365 * 86400),
    "exp as text": _own(exp=str(NOW + 3600)),
    "exp as a fraction": _own(exp=NOW + 3600.5),
    "exp not a number": _nan,
    "exp true": _own(exp=True),
    "exp beyond all dates": _own(exp=10**400),
    "nbf in the future": _own(nbf=NOW + 61),
    "iat in the future": _own(iat=NOW + 61),
    "iat missing": _own(iat=None),
    "sub missing": _own(sub=None),
    "sub empty": _their(sub=""),
    "sub of nobody": _own(sub="user:nobody"),
    "tenant missing": _own(tenant=None),
    "tenant of another": _own(tenant="globex"),
    "tenant that is a path": _own(tenant="acme#keys#1"),
    "larger than any token": _own(padding="x" * 9000),
    "a claim twice": _twice,
    "a header member twice": _twice_in_the_header,
    "key rotated out": _rotated_out,
    "key their issuer took back": _by_a_former_key_of_theirs,
    "key of another tenant's issuer": lambda scene: scene.foreign.sign(scene.theirs()),
    "issuer of another tenant, our audience": lambda scene: scene.foreign.sign(
        scene.theirs(iss=FOREIGN)
    ),
    "our key in their name": lambda scene: scene.own_rs.sign(scene.theirs()),
    "their key in our name": lambda scene: scene.their_rs.sign(scene.ours(), kid="own-rs"),
    "signature stripped": lambda scene: scene.own_ed.sign(scene.ours()).rpartition(".")[0] + ".",
    "signature left out": lambda scene: scene.own_ed.sign(scene.ours()).rpartition(".")[0],
    "signature cut": lambda scene: scene.own_ed.sign(scene.ours())[:-8],
    "signature with a bit turned": _flipped,
    "payload of another token": _other_payload,
    "encrypted (JWE)": lambda scene: ".".join([b64(b'{"alg":"RSA-OAEP","enc":"A256GCM"}')] * 5),
    "newline inside": lambda scene: scene.own_ed.sign(scene.ours()).replace(".", "\n.", 1),
    "blank inside": lambda scene: scene.own_ed.sign(scene.ours()).replace(".", " .", 1),
    "padding": lambda scene: scene.own_ed.sign(scene.ours()) + "=",
    "base64 of another spelling": _other_bits,
    "base64 of the other alphabet": lambda scene: scene.own_ed.sign(scene.ours()) + "+/",
    "RSA key of 1024 bits": _tiny,
    "ES256 on another curve": _wrong_curve,
    "signature of zeros": _psychic,
    "key that is for encryption": _for_encryption,
    "alg of another key type": _their({"alg": "ES256"}),
    "payload is a list": lambda scene: scene.own_ed.sign(b"[1]"),
    "payload without end": lambda scene: scene.own_ed.sign(b"[" * 5000),
    "header is text": lambda scene: scene.own_ed.seal(b'"alg"', b"{}"),
    "header is no UTF-8": lambda scene: scene.own_ed.seal(b"\xff\xfe{}", b"{}"),
    "nothing but dots": lambda scene: "..",
}


# What breaks the form of the header itself is refused before anybody looks for a token in it.
BEFORE = {"larger than any token": (431, "headers-too-large"), "newline inside": (400, "malformed")}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_forged_or_malformed_token_is_refused_with_one_clear_error(
    scene: Scene, attack: str, capfd: pytest.CaptureFixture[str]
) -> None:
    token = ATTACKS[attack](scene)
    capfd.readouterr()
    status, problem = scene.ask(token)
    said = json.dumps(problem) + "".join(capfd.readouterr())
    expected, kind = BEFORE.get(attack, (401, "unauthenticated"))
    assert (status, problem["type"]) == (expected, f"urn:steward:problem:{kind}")
    assert problem["detail"].startswith(("token: ", "header", "user:nobody: not", "user:ada: not"))
    for part in (token, *(part for part in token.split(".") if len(part) > 20)):
        assert part not in said


def _just_rotated(scene: Scene) -> str:
    assert scene.ask(scene.their_rs.sign(scene.theirs()))[0] == 200
    fresh = rs256("their-rs-2", number=5)
    scene.sets.sets[f"{THEIRS}/jwks"].append(fresh.jwk)
    scene.world.clock.forward(timedelta(seconds=61))
    return fresh.sign(scene.theirs())


GOOD: dict[str, tuple[Callable[[Scene], str], str]] = {
    "ours, EdDSA": (lambda scene: scene.own_ed.sign(scene.ours()), "user:ada"),
    "ours, RS256": (lambda scene: scene.own_rs.sign(scene.ours()), "user:ada"),
    "theirs, RS256": (lambda scene: scene.their_rs.sign(scene.theirs()), "user:ada"),
    "theirs, ES256": (
        lambda scene: scene.their_es.sign(scene.theirs(), typ="JWT"),
        "user:ada",
    ),
    "theirs, by a group": (
        lambda scene: scene.their_rs.sign(scene.theirs(sub="s-bob", groups=["Billing Team"])),
        f"user:{link_id(THEIRS, 's-bob')}",
    ),
    "theirs, by a key just rotated in": (_just_rotated, "user:ada"),
}


@pytest.mark.parametrize("good", GOOD)
def test_a_good_token_gets_in_as_its_subject(scene: Scene, good: str) -> None:
    make, id_ = GOOD[good]
    status, answer = scene.ask(make(scene))
    assert (status, answer["id"], answer["tenant"], answer["roles"]) == (
        200,
        id_,
        TENANT,
        ["viewer"],
    )


def test_a_subject_without_link_or_group_holds_nothing(scene: Scene) -> None:
    status, problem = scene.ask(scene.their_rs.sign(scene.theirs(sub="s-eve", groups=["Others"])))
    assert (status, "no link and no group" in problem["detail"]) == (401, True)


def test_tokens_from_before_a_sign_out_everywhere_are_refused(scene: Scene) -> None:
    ada = Principal(
        id="user:ada", grants=(Grant(role=Role.VIEWER),), not_before=NOON + timedelta(seconds=1)
    )
    scene.keep(TENANT, PRINCIPALS, ada)
    for token in (scene.own_ed.sign(scene.ours()), scene.their_rs.sign(scene.theirs())):
        assert scene.ask(token)[0] == 401
    assert scene.ask(scene.own_ed.sign(scene.ours(iat=NOW + 1)))[0] == 200


@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.DELETED])
def test_who_is_shut_out_has_no_good_token(scene: Scene, standing: Standing) -> None:
    scene.keep(TENANT, PRINCIPALS, Principal(id="user:ada", standing=standing))
    for token in (scene.own_ed.sign(scene.ours()), scene.their_rs.sign(scene.theirs())):
        assert scene.ask(token)[0] == 401


def test_a_token_carries_its_second_factor_and_on_whose_behalf_it_acts(scene: Scene) -> None:
    token = scene.own_ed.sign(scene.ours(amr=["pwd", "mfa"], act={"sub": "user:root"}))
    _, answer = scene.ask(token)
    assert (answer["mfa"], answer["on_behalf_of"]) == (True, "user:root")
    assert scene.ask(scene.their_rs.sign(scene.theirs(amr=["otp"])))[1]["mfa"] is True
    assert scene.ask(scene.their_rs.sign(scene.theirs(amr=["pwd"])))[1]["mfa"] is False


@pytest.mark.parametrize(
    ("scope", "status"),
    [("api", 200), ("openid hook:view", 200), ("openid", 403), ("rule:view", 403), ("", 403)],
)
def test_a_token_reaches_as_far_as_its_scope(scene: Scene, scope: str, status: int) -> None:
    assert scene.ask(scene.own_ed.sign(scene.ours(scope=scope)))[0] == status


def test_an_issuer_for_several_tenants_says_which_by_its_claim(scene: Scene) -> None:
    scene.trust(THEIRS, TENANT, [scene.their_rs], tenant_claim="org")
    assert scene.ask(scene.their_rs.sign(scene.theirs(org=TENANT)))[1]["tenant"] == TENANT
    for org in (None, "", "acme#keys", ["acme"]):
        assert scene.ask(scene.their_rs.sign(scene.theirs(org=org)))[0] == 401


def test_an_issuer_that_is_switched_off_lets_nobody_in(scene: Scene) -> None:
    scene.trust(THEIRS, TENANT, [scene.their_rs], enabled=False)
    assert scene.ask(scene.their_rs.sign(scene.theirs()))[0] == 401


def test_unknown_key_ids_lead_to_one_fetch_a_minute(scene: Scene) -> None:
    for number in range(50):
        assert scene.ask(scene.mallory.sign(scene.theirs(), kid=f"k{number}"))[0] == 401
    assert len(scene.sets.fetched) == 1
    scene.world.clock.forward(timedelta(seconds=60))
    for number in range(50):
        assert scene.ask(scene.mallory.sign(scene.theirs(), kid=f"k{number}"))[0] == 401
    assert len(scene.sets.fetched) == 2


def test_the_keys_of_an_issuer_that_is_down_count_for_a_day(scene: Scene) -> None:
    def token() -> str:
        now = int(scene.world.clock().timestamp())
        return scene.their_rs.sign(scene.theirs(iat=now, exp=now + 600))

    assert scene.ask(token())[0] == 200
    scene.sets.sets.clear()
    scene.world.clock.forward(timedelta(hours=24))
    assert scene.ask(token())[0] == 200
    scene.world.clock.forward(timedelta(minutes=2))
    status, problem = scene.ask(token())
    assert (status, problem["type"]) == (503, "urn:steward:problem:no-keys")
    assert len(scene.sets.fetched) == 3
