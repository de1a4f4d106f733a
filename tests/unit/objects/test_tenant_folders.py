"""A tenant's view of a bucket ends at its folder, however a key is written."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from steward.errors import NotFound, NotGranted
from steward.objects import (
    Bodies,
    Confined,
    ObjectClaims,
    Objects,
    claims_of,
    folder,
    folder_of,
    require_below,
)
from steward.store.work import MemoryClaims, open_outbox

TENANTS = ("acme", "acme2", "a", "a-b", "system")
SECRET = b"another's"


@pytest.fixture
def bucket(tmp_path: Path) -> Objects:
    """Every tenant has an object; one lies beside all of them."""
    made = folder(tmp_path / "bucket")
    for tenant in TENANTS:
        made.put(f"tenants/{tenant}/x.csv", f"{tenant}'s".encode())
        made.put(f"claims/{tenant}/x.json", f"{tenant}'s".encode())
    made.put("x.csv", SECRET)
    return made


def _written(attacker: str, victim: str) -> list[str]:
    """Ways to write the victim's key that some reader of keys might take."""
    target, own = f"tenants/{victim}/x.csv", f"tenants/{attacker}/"
    ways = [
        target,
        f"/{target}",
        f"./{target}",
        f"{own}../{victim}/x.csv",
        f"{own}./../{victim}/x.csv",
        f"{own}y/../../{victim}/x.csv",
        f"{own}..\\{victim}\\x.csv",
        f"{own}\x00/../{victim}/x.csv",
        f"{own}/../{victim}/x.csv",
        f"{own}//x.csv",
        f"{own}..",
        own,
        own.rstrip("/"),
        "",
        "/",
        "..",
        "x.csv",
        "../bucket/x.csv",
        f"s3://bucket/{target}",
        f"{own}x.csv\r\n{target}",
        f"tenants/{attacker}\u2215x.csv",
        f"TENANTS/{attacker}/x.csv",
        f"tenants/{attacker.upper()}/x.csv",
        f"claims/{victim}/x.json",
        f"{own}{'x' * 1100}",
    ]
    coded = [f"{own}{quote(f'../{victim}/x.csv', safe='')}", f"{own}%2e%2e/{victim}/x.csv"]
    coded += [quote(each, safe="") for each in coded]
    return ways + coded + [quote(each, safe="/") for each in coded]


def _acts(view: Objects) -> tuple[Callable[[str], Any], ...]:
    def listed(key: str) -> Any:
        return list(view.list(key))

    def put(key: str) -> Any:
        return view.put(key, b"mine")

    return view.get, view.delete, listed, put


def _answers(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except (NotGranted, NotFound) as error:
        return error


def test_no_way_to_write_a_key_leaves_the_folder(bucket: Objects) -> None:
    asked = 0
    for attacker, victim in itertools.permutations(TENANTS, 2):
        view = Confined(bucket, folder_of(attacker))
        for key, act in itertools.product(_written(attacker, victim), _acts(view)):
            listing = act.__name__ == "listed" and key == view.prefix
            assert isinstance(_answers(partial(act, key)), NotGranted) or listing
            asked += 1
    assert asked > 2000
    for tenant in TENANTS:
        assert bucket.get(f"tenants/{tenant}/x.csv") == f"{tenant}'s".encode()
    assert bucket.get("x.csv") == SECRET


def test_generated_keys_never_leave_the_folder(bucket: Objects) -> None:
    rng = random.Random(20260302)
    pieces = [
        "tenants",
        "acme",
        "acme2",
        "a",
        "..",
        ".",
        "",
        "%2e%2e",
        "%2f",
        "x.csv",
        "\\",
        "..%2f",
    ]
    view = Confined(bucket, folder_of("acme"))
    shown = []
    for _ in range(2000):
        key = "/".join(rng.choices(pieces, k=rng.randrange(1, 7)))
        answer = _answers(partial(view.get, key))
        shown.append(answer if isinstance(answer, bytes) else b"")
    assert set(shown) <= {b"", b"acme's"}


def test_a_view_lists_its_own_and_reads_what_it_listed(bucket: Objects) -> None:
    for tenant in TENANTS:
        view = Confined(bucket, folder_of(tenant))
        (head,) = view.list(view.prefix)
        assert view.get(head.key) == f"{tenant}'s".encode()
        view.put(f"tenants/{tenant}/deep/er/ünï (1).csv", b"x")
        assert len(list(view.list(f"tenants/{tenant}/deep/"))) == 1


def test_without_the_view_the_same_keys_do_reach_others(bucket: Objects) -> None:
    reached = {"tenants/acme2/x.csv", "x.csv", "claims/acme2/x.json"}
    assert reached <= set(_written("acme", "acme2"))
    assert [bucket.get(key) for key in sorted(reached)] == [b"acme2's", b"acme2's", SECRET]


@pytest.mark.parametrize("kind", ["memory", "objects"])
def test_claims_are_the_tenants_own(bucket: Objects, kind: str) -> None:
    if kind == "memory":
        memory = MemoryClaims({f"claims/{t}/x.json": f"{t}'s".encode() for t in TENANTS})
        bodies: Callable[[str], Bodies] = memory.of
    else:
        bodies = ObjectClaims(lambda _: bucket).of
    for attacker, victim in itertools.permutations(TENANTS, 2):
        own = bodies(attacker)
        assert own.get(f"claims/{attacker}/x.json") == f"{attacker}'s".encode()
        for key in (f"claims/{victim}/x.json", f"claims/{attacker}/../{victim}/x.json", "x.csv"):
            assert isinstance(_answers(partial(own.get, key)), NotGranted)
            assert isinstance(_answers(partial(own.put, key, b"")), NotGranted)


def test_an_outbox_item_that_points_at_anothers_body_is_refused() -> None:
    claims = MemoryClaims({"claims/rival/c/outbox.json": b'{"events": []}'})
    body = json.dumps({"claim": "claims/rival/c/outbox.json", "bytes": 14})
    with pytest.raises(NotGranted, match="not plainly below 'claims/acme/'"):
        open_outbox(body, claims, tenant="acme")
    assert open_outbox(body, claims, tenant="rival") == {"events": []}


def test_a_prefix_of_a_tenants_name_is_not_its_folder() -> None:
    for key in ("tenants/acme2/x", "tenants/acmex", "tenants/acm/x"):
        with pytest.raises(NotGranted):
            require_below(key, folder_of("acme"))
    require_below("claims/acme/100%25/x", claims_of("acme"))
