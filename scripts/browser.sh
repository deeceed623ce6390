#!/bin/sh
# Makes sure that there is a Chromium for the tests of the pages, with a font for Chinese.
# Usage: browser.sh PYTHON. Order: LIVEROOM_CHROMIUM; the headless shell, installed with apt-get where that may be done;
# any Chromium on the PATH; Playwright's own; Playwright's download; Chromium with apt-get.
# The shell is Chromium without what a window needs: a page costs it less than half the CPU, so the tests ask for it first.
set -eu
python=$1

install_from_system() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "· $1 for the tests of the pages, from the system's packages"
    apt-get -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=20 update >/dev/null 2>&1 || return 1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" fonts-noto-cjk >/dev/null 2>&1
}

found() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    "$python" - <<'PYTHON'
import os, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(not os.access(playwright.chromium.executable_path, os.X_OK))
PYTHON
}

if [ -n "${LIVEROOM_CHROMIUM:-}" ]; then
    [ -x "$LIVEROOM_CHROMIUM" ] && exit 0
    echo "LIVEROOM_CHROMIUM=$LIVEROOM_CHROMIUM is not a program" >&2
    exit 1
fi
command -v chromium-headless-shell >/dev/null 2>&1 && exit 0
install_from_system chromium-headless-shell && exit 0
found && exit 0
echo "· Chromium for the tests of the pages"
"$python" -m playwright install chromium >/dev/null 2>&1 && found && exit 0
install_from_system chromium && exit 0
echo "The tests need a Chromium and none could be installed." >&2
echo "Install chromium-headless-shell, chromium or google-chrome, or name one: make test LIVEROOM_CHROMIUM=/path/to/chrome" >&2
exit 1
