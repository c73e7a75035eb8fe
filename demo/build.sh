#!/bin/sh
# Builds the game with cc65's assembler and linker.
# Usage: build.sh [OUT.nes]     (default: rally.nes next to this script)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/rally.nes}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

objects=
for part in main game video sound save ram chr; do
    ca65 -o "$work/$part.o" "$here/$part.s"
    objects="$objects $work/$part.o"
done
# shellcheck disable=SC2086  # a list; mktemp names hold no spaces
ld65 -C "$here/nes.cfg" -o "$work/rally.nes" $objects
cp "$work/rally.nes" "$out"
