#!/bin/sh
# Runs `npm start` twice: it must host the demo game, and end cleanly on Ctrl-C. The second time everything
# is installed and built, so it must host in less than three seconds.
set -eu

cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Its own ports and data folder, because the machine may run another netplayd.
{
    printf 'data: %s/data\n' "$work"
    printf 'control: { port: 55336 }\nnetplay: { port: 55335 }\nsessions: { ports: 55340-55349 }\n'
    sed -n '/^cores:/,$p' cores.example.yaml
} > "$work/cores.yaml"

try() {
    node scripts/start.mjs --config "$work/cores.yaml" > "$work/output" 2>&1 &
    pid=$!
    tenths=0
    until grep -q 'Ctrl-C stops everything' "$work/output"; do
        if [ "$tenths" -ge "$1" ] || ! kill -0 "$pid" 2> /dev/null; then
            cat "$work/output"
            echo "npm start was not up after $1 tenths of a second"
            kill "$pid" 2> /dev/null || true
            exit 1
        fi
        sleep 0.1
        tenths=$((tenths + 1))
    done
    grep 'retroarch --connect' "$work/output"
    kill -INT "$pid"
    wait "$pid"
}

# A shell starts background programs with SIGINT ignored; Node's own listener undoes that.
try 9000
try 30
