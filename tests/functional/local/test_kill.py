"""kill -9 of the whole server, at random moments that land on work in flight: nothing lost or doubled."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any

Raw = Callable[..., dict[str, Any]]

KILLS = int(os.environ.get("STEWARD_KILLS", "5"))


def test_killed_in_the_middle_of_work_nothing_is_lost_and_nothing_is_applied_twice(
    make_server: Callable[..., Any], raw: Raw
) -> None:
    rng = random.Random(20261121)
    server = make_server()
    server.start()
    put, landed = 0, 0
    while landed < KILLS:
        batch = [raw("sample.raw", {"thing": f"t{put + n}"}, id_=f"e{put + n}") for n in range(200)]
        put += len(batch)
        server.put_raw(*batch)
        time.sleep(rng.random() * 0.25)
        busy = not server.operate("GET", "/counts")["idle"]
        server.kill()
        landed += busy
        began = time.monotonic()
        server.start()
        assert time.monotonic() - began < 30
    server.wait_until_quiet()
    counted = {name: n for name, n in server.things().items() if name.startswith("t")}
    assert counted == {f"t{n}": 1 for n in range(put)}
    health = server.get("/health").json()
    assert health["relay"]["pending"] == 0
    assert not any(row["dead_letters"] for row in health["queues"])
