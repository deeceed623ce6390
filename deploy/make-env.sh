#!/bin/sh
# Writes .env beside docker-compose.yml: env.example, with a random value of its own for each secret.
# Never writes over one that is there; only its owner may read it.
set -eu
cd "$(dirname "$0")/.."
umask 077
set -C
while IFS= read -r line; do
    case $line in
        # Of your billing, in another form; empty as long as it is not asked.
        LIVEROOM_GIFT_BILLING_SECRET=) ;;
        # Hexadecimal, since one of them becomes a part of a URL.
        *_SECRET= | *_TOKEN= | *_PASSWORD=)
            value=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
            line=$line$value
            ;;
    esac
    printf '%s\n' "$line"
done < deploy/env.example > .env
echo "made .env"
