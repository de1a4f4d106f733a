"""Every format that is known, those first whose columns no other has."""

from __future__ import annotations

from typing import Final

from functions.cost.model.formats.aws import CUR, CUR2
from functions.cost.model.formats.azure import ACTUAL, AMORTIZED
from functions.cost.model.formats.format import FOCUS
from functions.cost.model.formats.google import DETAILED

FORMATS: Final = (FOCUS, CUR2, CUR, AMORTIZED, ACTUAL, DETAILED)
