"""A browser without a window over identity's handlers: cookies, forms, pages and clients' posts."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from typing_extensions import override

from functions.identity.handlers import oauth, security, session, sign_in, trust
from functions.identity.model.passwords import PASSWORDS, Password
from functions.identity.model.people import EMAILS, USERS, EmailClaim, User
from functions.identity.wiring import room
from steward.edge.resources import bind
from steward.identity import Grant, Role
from steward.identity.directory import PRINCIPALS, Principal, Standing
from steward.local.http import Router
from steward.manifest import load_function
from tests.edge_world import NOON, TENANT, EdgeWorld, edge_world

URL = "http://localhost:8787"
WORDS = "plume anvil quartz rowan"
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
LOOPBACK = "http://127.0.0.1:49152/callback"

HANDLERS = {
    "identity.sign-in": sign_in.handler,
    "identity.oauth": oauth.handler,
    "identity.security": security.handler,
    "identity.session-api": session.handler,
    "identity.trust-api": trust.handler,
}
ROUTER = Router(load_function(id_) for id_ in HANDLERS)


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    cookies: tuple[str, ...]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.location).query))

    @property
    def forms(self) -> dict[str, dict[str, str]]:
        """The named fields of each form, by its action."""
        return _Forms.of(self.body)

    @property
    def onward(self) -> str:
        """Where the page leads by itself."""
        return _Forms.parsed(self.body).refresh


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.refresh = ""
        self._action = ""

    @classmethod
    def parsed(cls, text: str) -> _Forms:
        parser = cls()
        parser.feed(text)
        return parser

    @classmethod
    def of(cls, text: str) -> dict[str, dict[str, str]]:
        return cls.parsed(text).forms

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = given["action"]
            self.forms.setdefault(self._action, {})
        elif tag == "input" and "name" in given:
            self.forms[self._action][given["name"]] = given.get("value", "")
        elif tag == "meta" and given.get("http-equiv") == "refresh":
            self.refresh = given["content"].partition("url=")[2]


@dataclass
class House:
    """Identity with its handlers, over one store."""

    world: EdgeWorld

    def call(self, path: str, event: dict[str, Any]) -> dict[str, Any]:
        route = ROUTER.find(path)
        assert route is not None, path
        with bind(self.world.resources.of(route.function)):
            answer: dict[str, Any] = HANDLERS[route.function.id](event, None)
            return answer

    def work(self, tenant: str = TENANT) -> Any:
        return self.world.work(tenant=tenant, function=load_function("identity.sign-in"))

    def keep(self, table: str, collection: Any, entity: Any, *, tenant: str = TENANT) -> None:
        work = self.work(tenant)
        kept = work.table(table).of(collection)
        kept.get(collection.id(entity))
        kept.put(entity)
        work.commit()
        self.world.resources.directory.forget()

    def get(self, table: str, collection: Any, id_: str, *, tenant: str = TENANT) -> Any:
        return self.work(tenant).table(table).of(collection).get(id_)

    def add_user(
        self,
        name: str = "ada",
        *,
        password: str | None = WORDS,
        tenant: str = TENANT,
        role: Role = Role.VIEWER,
    ) -> str:
        id_, email, grants = f"user:{name}", f"{name}@example.com", (Grant(role=role),)
        user = User(id=id_, email=email, name=name.title(), grants=grants, created_at=NOON)
        self.keep("identity", USERS, user, tenant=tenant)
        self.keep("identity", EMAILS, EmailClaim(email=email, user=id_), tenant=tenant)
        self.keep("directory", PRINCIPALS, Principal(id=id_, grants=grants), tenant=tenant)
        if password is not None:
            with bind(self.world.resources):
                hashed = room("").hasher.hash(password)
            kept = Password(user=id_, hash=hashed, changed_at=NOON)
            self.keep("identity", PASSWORDS, kept, tenant=tenant)
        return email

    def shut_out(self, name: str, standing: Standing) -> None:
        known = self.get("directory", PRINCIPALS, f"user:{name}")
        self.keep("directory", PRINCIPALS, known.model_copy(update={"standing": standing}))


@dataclass
class Browser:
    """Keeps cookies; sends what a browser sends."""

    house: House
    ip: str = "192.0.2.7"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self._send("POST", path, urlencode(fields), {**kind, **headers})

    def submit(self, page: Answer, action: str, **typed: str) -> Answer:
        """Fill in and post one of a page's forms."""
        return self.post(action, {**page.forms[action], **typed})

    def follow(self, answer: Answer) -> Answer:
        """On by redirects and pages that lead on by themselves, as long as they stay here."""
        while answer.location.startswith("/") or answer.onward.startswith("/"):
            answer = self.get(answer.location or answer.onward)
        return answer

    def sign_in(
        self,
        email: str = "ada@example.com",
        password: str = WORDS,
        *,
        tenant: str = TENANT,
        then: str = "",
    ) -> Answer:
        page = self.get(f"/sign-in?{urlencode({'then': then})}" if then else "/sign-in")
        return self.submit(page, "/sign-in", tenant=tenant, email=email, password=password)

    def _send(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        place, _, query = path.partition("?")
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": place,
            "rawQueryString": query,
            "headers": {"host": "localhost:8787", **headers},
            "queryStringParameters": dict(parse_qsl(query)) or None,
            "requestContext": {
                "http": {"method": method, "path": place, "sourceIp": self.ip},
                "requestId": "request-1",
                "stage": "$default",
            },
            "body": body,
            "isBase64Encoded": False,
        }
        if self.cookies:
            event["cookies"] = [f"{name}={value}" for name, value in self.cookies.items()]
        answer = self.house.call(place, event)
        set_ = tuple(answer.get("cookies") or ())
        self._keep(set_)
        told = {name.lower(): str(value) for name, value in answer["headers"].items()}
        return Answer(int(answer["statusCode"]), told, set_, str(answer.get("body") or ""))

    def _keep(self, cookies: tuple[str, ...]) -> None:
        for cookie in cookies:
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
            if "Max-Age=0" in cookie:
                del self.cookies[name]


def house(folder: Path) -> House:
    return House(edge_world(folder, load_function("identity.sign-in")))


def authorize_path(**changes: str) -> str:
    members = {
        "response_type": "code",
        "client_id": "steward-cli",
        "redirect_uri": LOOPBACK,
        "scope": "openid api",
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return f"/oauth/authorize?{urlencode({k: v for k, v in members.items() if v})}"


def code_form(code: str, **changes: str) -> dict[str, str]:
    members = {
        "grant_type": "authorization_code",
        "client_id": "steward-cli",
        "redirect_uri": LOOPBACK,
        "code": code,
        "code_verifier": VERIFIER,
        **changes,
    }
    return {name: value for name, value in members.items() if value}
