#!/bin/sh
# Makes .venv from a bare machine: Python >= 3.11, then uv from PyPI inside it, then the locked packages.
# Everything stays in the repository's folder; nothing is asked of HOME but a cache that may be empty.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    fail "$python is not on the PATH; install Python 3.11 or newer, or name one: make setup PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version 2>&1) is too old; Steward needs 3.11 or newer: make setup PYTHON=python3.12"

if ! .venv/bin/python -c '' 2>/dev/null; then
    rm -rf .venv
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv .venv
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip .venv # Debian without python3-venv: its pip serves instead
    else
        fail "this Python has neither ensurepip nor pip; on Debian and Ubuntu: apt-get install python3-venv"
    fi
fi

uv_version=$("$python" -c '
import tomllib
with open("uv.lock", "rb") as lock:
    print(next(p["version"] for p in tomllib.load(lock)["package"] if p["name"] == "uv"))')
if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
    else
        "$python" -m pip --python .venv/bin/python install --quiet --disable-pip-version-check \
            "uv==$uv_version"
    fi
fi

# A venv of the caller's must not catch the packages.
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT
# The machine's own certificates, where it keeps some: behind a proxy only they know its authority.
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    UV_SYSTEM_CERTS=true
    export UV_SYSTEM_CERTS
fi
UV_PYTHON_DOWNLOADS=never .venv/bin/uv sync --frozen --quiet --python .venv/bin/python
touch .venv/.ready
