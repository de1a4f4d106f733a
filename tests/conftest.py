"""Settings of the whole suite: how hard Hypothesis tries, by the profile in HYPOTHESIS_PROFILE."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

# No deadline: machines are shared, and a slow example is no wrong example.
settings.register_profile("ci", deadline=None, max_examples=100, suppress_health_check=_SLOW)
settings.register_profile("nightly", deadline=None, max_examples=2000, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
