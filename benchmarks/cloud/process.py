"""The cloud in a process of its own: started, asked how often it was called, and made to fail."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.cloud.seed import READER, REGIONS, SEEDER, Entry, Size, trust
from benchmarks.cloud.server import CONTROL, client_at
from benchmarks.harness import free_port, serving

PATIENCE = 900.0
"""Seconds that seeding may take."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud that runs: where, and what there is in it."""

    url: str
    size: Size
    entries: frozenset[Entry]
    _inside: dict[str, Any] = field(default_factory=dict)
    """Clients of IAM that were let in before the roles asked for anything else."""

    @property
    def environ(self) -> dict[str, str]:
        """What sends boto3 there."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": SEEDER,
            "AWS_SECRET_ACCESS_KEY": SEEDER,
            "AWS_DEFAULT_REGION": REGIONS[0],
        }

    def control(self, **asked: Any) -> dict[str, Any]:
        """Set the share of calls that fail, their latency in seconds, what is denied; reset the counts.

        The answer are the counts so far.
        """
        return _control(self.url, "&".join(f"{name}={value}" for name, value in asked.items()))

    def admit(self, account: str, external_id: str) -> None:
        """Have the account's reader role ask for this external id from now on."""
        if account not in self._inside:
            self._inside[account] = client_at(self.url, "iam", account=account, region=REGIONS[0])
        policy = trust(external_id)
        self._inside[account].update_assume_role_policy(RoleName=READER, PolicyDocument=policy)


@contextmanager
def cloud(folder: Path, size: Size, *, only: Iterable[str] = ()) -> Iterator[Cloud]:
    """A cloud seeded with some types, or all there are, while the block runs."""
    port, ledger = free_port(), folder / "ledger.json"
    sizes = {"accounts": size.accounts, "regions": size.regions, "resources": size.resources}
    command = [sys.executable, "-m", "benchmarks.cloud.server", "--port", str(port)]
    command += [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    command += [word for name in only for word in ("--only", name)]
    command += ["--ledger", str(ledger)]
    with serving(command, port=port, log=folder / "cloud.log", patience=PATIENCE):
        url = f"http://127.0.0.1:{port}"
        # The port is bound before the ledger is written, and answers after that.
        _control(url, "")
        entries = frozenset(Entry(*one) for one in json.loads(ledger.read_text("utf-8")))
        yield Cloud(url, size, entries)


def _control(url: str, query: str) -> dict[str, Any]:
    with urlopen(f"{url}{CONTROL}?{query}") as answer:  # noqa: S310  # our own server
        found: dict[str, Any] = json.load(answer)
    return found
