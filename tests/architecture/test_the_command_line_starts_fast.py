"""`steward --help` answers at once, because it loads no more than it prints."""

from __future__ import annotations

import json
import subprocess
import sys

HELP = """
import contextlib, io, json, sys
from steward.cli.main import main
sys.argv = ["steward", "--help"]
said = io.StringIO()
with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
    main()
print(json.dumps({"said": said.getvalue(), "loaded": list(sys.modules)}))
"""


def test_help_loads_no_model_cloud_or_database() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP], check=True, capture_output=True, text=True, timeout=60
    )
    answer = json.loads(done.stdout)
    assert "Usage" in answer["said"]
    loaded = {name.partition(".")[0] for name in answer["loaded"]}
    assert loaded & {"boto3", "botocore", "pydantic", "sqlalchemy", "starlette", "uvicorn"} == set()
