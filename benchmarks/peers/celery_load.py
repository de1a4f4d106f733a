"""Send messages to the Celery peer; arguments: the first number, the one after the last, the rate.

A rate of 0 sends as fast as it goes.
"""

from __future__ import annotations

import sys
import time

from celery_tasks import keep

first, end, rate = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
body = "x" * 600
started = time.perf_counter()
for number in range(first, end):
    if rate:
        time.sleep(max(0.0, started + (number - first) / rate - time.perf_counter()))
    keep.delay(number, time.time(), body)
