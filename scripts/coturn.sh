#!/bin/sh
# Makes sure that there is a coturn for `make turn`: one on the PATH, or from the system's packages.
set -eu

command -v turnserver >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "· coturn from the system's packages"
    if apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends coturn >/dev/null && command -v turnserver >/dev/null; then
        exit 0
    fi
fi
echo "These tests need coturn and none could be installed: apt-get install coturn" >&2
exit 1
