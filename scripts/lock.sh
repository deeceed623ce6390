#!/bin/sh
# Resolves the dependencies of pyproject.toml into requirements/*.txt: exact versions with hashes, for every platform
# and every supported Python. Usage: lock.sh UV
set -eu
uv=$1
cd "$(dirname "$0")/.."

compile() {
    name=$1
    shift
    # Start from the versions that are locked now; UPGRADE=1 takes the newest that fit.
    new=requirements/$name.new
    [ -n "${UPGRADE:-}" ] || ! [ -f "requirements/$name.txt" ] || cp "requirements/$name.txt" "$new"
    "$uv" pip compile pyproject.toml "$@" --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --output-file "$new" >/dev/null
    {
        echo "# Written by \`make lock\` from pyproject.toml. Do not edit."
        cat "$new"
    } >"requirements/$name.txt"
    rm "$new"
    echo "· requirements/$name.txt: $(grep -c '^[A-Za-z0-9]' "requirements/$name.txt") packages"
}

compile runtime --group build
compile livekit --group build --extra livekit --constraints requirements/runtime.txt
compile loadtest --group build --extra loadtest --constraints requirements/runtime.txt
compile dev --group dev --constraints requirements/runtime.txt
