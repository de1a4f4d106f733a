"""What an audit entry may not show, and what it must be able to forget."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from steward.manifest import Function, Poke, Table
from steward.store.collection import Collection
from steward.store.redaction import REDACTED, pointers, redact, unknown_field
from steward.store.work import MemoryClaims, Scope, Work
from tests.contracts.parts import NOW
from tests.edge_world import edge_world


class Door(BaseModel):
    """A way in."""

    model_config = ConfigDict(frozen=True)

    url: str
    token: str | None = None


class Member(BaseModel):
    """A person with credentials."""

    model_config = ConfigDict(frozen=True)

    id: str
    email: str
    password_hash: str = ""
    doors: tuple[Door, ...] = ()
    named: dict[str, Door] = {}


MEMBERS = Collection(
    "members",
    Member,
    id=lambda member: member.id,
    secret=("password_hash", "doors.token", "named.*.token"),
    personal=("email",),
    person=lambda member: f"user:{member.id}",
)
HOLDER = Function(
    name="hold",
    handler="functions.members.handlers.hold.handler",
    trigger=Poke(),
    uses=(Table("members"),),
)


def entries(changes: list[Any], tmp_path: Any, collection: Collection[Member]) -> list[Any]:
    """The audit entries of putting each of these in turn, or of deleting where one is None."""
    world = edge_world(tmp_path, HOLDER)
    found = []
    for number, change in enumerate(changes):
        work = Work(
            Scope(
                store=world.resources.store,
                claims=MemoryClaims(),
                function=HOLDER,
                tenant="acme",
                now=NOW,
                commit_id=f"c{number}",
                actor="user:ann",
                correlation_id="r1",
                request={"id": "r1", "ip": "192.0.2.7"},
            )
        )
        members = work.table("members").of(collection)
        members.get("bob")
        members.delete("bob") if change is None else members.put(change)
        transaction = work.stage()
        assert transaction is not None
        content = json.loads(transaction.writes[-1].body)  # type: ignore[union-attr]
        assert content["request"] == {"id": "r1", "ip": "192.0.2.7"}
        found += content["audit"]
        work.commit()
    return found


BOB = Member(
    id="bob",
    email="bob@example.com",
    password_hash="argon2-canary",
    doors=(Door(url="/a", token="canary-1"), Door(url="/b")),
    named={"x": Door(url="/c", token="canary-2")},
)


def test_no_secret_field_reaches_an_audit_entry_before_or_after(tmp_path: Any) -> None:
    changes = [BOB, BOB.model_copy(update={"email": "bob@example.org"}), None]
    found = entries(changes, tmp_path, MEMBERS)
    assert "canary" not in json.dumps(found)
    after = found[1]["after"]
    assert after["password_hash"] == REDACTED
    assert after["doors"] == [{"url": "/a", "token": REDACTED}, {"url": "/b", "token": None}]
    assert after["named"] == {"x": {"url": "/c", "token": REDACTED}}


def test_personal_fields_are_marked_with_the_person_they_are_about(tmp_path: Any) -> None:
    added, changed, deleted = entries([BOB, BOB, None], tmp_path, MEMBERS)
    assert added["personal"] == {"user:bob": ["/after/email"]}
    assert changed["personal"] == {"user:bob": ["/before/email", "/after/email"]}
    assert deleted["personal"] == {"user:bob": ["/before/email"]}


@pytest.mark.parametrize("kind", ["digest"])
def test_a_digest_gives_away_neither_secrets_nor_personal_data(
    kind: Literal["digest"], tmp_path: Any
) -> None:
    digested = Collection(
        MEMBERS.name,
        Member,
        id=MEMBERS.id,
        audit=kind,
        secret=MEMBERS.secret,
        personal=MEMBERS.personal,
        person=MEMBERS.person,
    )
    other = BOB.model_copy(update={"email": "eve@example.com", "password_hash": "other"})
    moved = BOB.model_copy(update={"doors": ()})
    _, changed, again = entries([BOB, other, moved], tmp_path, digested)
    assert changed["before_sha256"] == changed["after_sha256"]
    assert again["before_sha256"] != again["after_sha256"]


@pytest.mark.parametrize(
    "marks",
    [
        {"secret": ("pasword_hash",)},
        {"secret": ("doors.tokens",)},
        {"secret": ("email.domain",)},
        {"personal": ("e_mail",), "person": lambda member: member.id},
        {"personal": ("email",)},
        {"person": lambda member: member.id},
    ],
)
def test_a_mark_that_marks_nothing_is_refused(marks: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"collection 'members'"):
        Collection("members", Member, id=lambda member: member.id, **marks)


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_every_pointer_leads_to_what_it_points_at(values: dict[str, str]) -> None:
    body = {"named": values}
    found = pointers(body, ["named.*"])
    assert [_follow(body, pointer) for pointer in found] == list(values.values())
    redact(body, ["named.*"])
    assert all(value == REDACTED for value in body["named"].values())


def test_a_path_through_a_mapping_or_an_optional_model_is_known() -> None:
    assert unknown_field(Member, ["named.*.url", "doors.url", "id"]) is None
    assert unknown_field(Member, ["named.*.nothing"]) == "named.*.nothing"


def _follow(body: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        body = body[step.replace("~1", "/").replace("~0", "~")]
    return body
