#!/bin/sh
# Makes sure that there is a Chromium for the tests of the pages, with a font for Chinese.
# Usage: browser.sh PYTHON. Order: LIVEROOM_CHROMIUM, PATH, Playwright's own, Playwright's download, apt-get.
set -eu
python=$1

found() {
    if [ -n "${LIVEROOM_CHROMIUM:-}" ]; then
        [ -x "$LIVEROOM_CHROMIUM" ] && return 0
        echo "LIVEROOM_CHROMIUM=$LIVEROOM_CHROMIUM is not a program" >&2
        exit 1
    fi
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    "$python" - <<'PYTHON'
import os, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(not os.access(playwright.chromium.executable_path, os.X_OK))
PYTHON
}

found && exit 0
echo "· Chromium for the tests of the pages"
if "$python" -m playwright install chromium >/dev/null 2>&1 && found; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "  from the system's packages"
    if apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null && found; then
        exit 0
    fi
fi
echo "The tests need a Chromium and none could be installed." >&2
echo "Install chromium or google-chrome, or name one: make test LIVEROOM_CHROMIUM=/path/to/chrome" >&2
exit 1
