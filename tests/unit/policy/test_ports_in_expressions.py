from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.policy.model.language.convert import includes_port
from tests.unit.policy.expressions import compiled, facts, interpreted

ports = st.integers(0, 65_535)


@given(ports, ports, ports)
def test_a_range_includes_what_lies_between_its_ends(first: int, last: int, port: int) -> None:
    assert includes_port(f"{first}-{last}", port) is (first <= port <= last)
    assert includes_port(str(first), port) is (first == port)
    assert includes_port("*", port) is True


@pytest.mark.parametrize(
    "text", ["", "-", "22-", "-22", "a", "22-b", "1-2-3", "123456", "2\uff12", None, 22, []]
)
def test_what_names_no_ports_is_unknown(text: Any) -> None:
    assert includes_port(text, 22) is None
    read = facts({"ports": text})
    when = "configuration.ports.includesPort(22)"
    assert compiled(when, read) is interpreted(when, read) is None
