"""How unusual each day of some series is to Prophet: JSON in, JSON out."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import numpy as np
import pandas as pd
from prophet import Prophet


def scores(series: dict[str, Any], start: int) -> list[float]:
    """The score of each day from ``start`` on, the model fitted anew every 30 days."""
    dates = pd.date_range(series["first"], periods=start + len(series["actual"]))
    found: list[float] = []
    for day, known in sorted(series["known"].items(), key=lambda one: int(one[0])):
        at = int(day)
        frame = pd.DataFrame({"ds": dates[:at], "y": np.log(np.maximum(known, 1e-9))})
        model = Prophet(yearly_seasonality=False, daily_seasonality=False, uncertainty_samples=0)
        model.fit(frame)
        fitted = model.predict(pd.DataFrame({"ds": dates[: at + 30]})).yhat.to_numpy()
        ahead = fitted[at:]
        sigma = max(float(np.std(frame.y.to_numpy() - fitted[:at])), 1e-3)
        actual = np.log(np.maximum(series["actual"][at - start : at - start + len(ahead)], 1e-9))
        found += list(np.abs(actual - ahead) / sigma)
    return found


logging.disable(logging.WARNING)
asked = json.load(sys.stdin)
json.dump([scores(one, asked["from"]) for one in asked["series"]], sys.stdout)
