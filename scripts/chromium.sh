#!/bin/sh
# Finds a Chromium for the browser tests, or installs one: Debian's as root, else Playwright's own.
set -eu

for name in "${STEWARD_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
    command -v "$name"
    exit 0
  fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get install -y --no-install-recommends chromium >&2 && command -v chromium && exit 0
fi

echo "no Chromium on the PATH, and not root: trying Playwright's own" >&2
exec .venv/bin/playwright install chromium >&2
