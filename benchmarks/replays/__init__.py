"""Replays of recorded cloud answers, one module per provider.

A replay takes the folder of recordings and gives back its `Report`, or None when the folder has none of
its provider's.
"""

from __future__ import annotations

from benchmarks.replays import aws, azure, gcp
from benchmarks.replays.report import Replay

REPLAYS: dict[str, Replay] = {"aws": aws.replay, "azure": azure.replay, "gcp": gcp.replay}
