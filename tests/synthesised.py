"""Synthesised flavours for the tests, made once a process: loading the CDK costs seconds.

Every test that asks for one belongs to the xdist group ``cdk``, so that one worker makes them all.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from steward.manifest import StoreKind, load_functions
from tests.infrastructure.estate import ESTATE

if TYPE_CHECKING:
    from cdk.synth import Synthesised


@cache
def flavour(manifests: Literal["estate", "steward"], store: StoreKind) -> Synthesised:
    """The templates of the made-up estate, or of the manifests that are really there."""
    from cdk.synth import synthesise

    functions = ESTATE if manifests == "estate" else load_functions()
    folder = _scratch() / manifests / store
    return synthesise(store=store, env="dev", folder=folder, functions=functions)


@cache
def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="steward-synth-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
