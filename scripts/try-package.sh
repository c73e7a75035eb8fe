#!/bin/sh
# Installs the archive of `npm pack` into a folder of its own, like a global installation, and hosts the demo game from there.
# Usage: try-package.sh FOLDER    (an empty folder; the installation stays in it)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1/package
mkdir -p "$folder"
cd "$root"
archive=$(npm pack --silent --pack-destination "$folder" | tail -n 1)

# If Node's headers are installed, better-sqlite3 is compiled with them.
prefix=$(dirname "$(dirname "$(node -p process.execPath)")")
if [ -f "$prefix/include/node/node.h" ]; then
    export npm_config_nodedir="$prefix"
fi
npm install --global --silent --prefix "$folder/global" "$folder/$archive"

cd "$folder"
installed="$folder/global/lib/node_modules/netplayd"
PATH="$folder/global/bin:$PATH"
netplayd --version
cp "$installed/cores.example.yaml" cores.yaml
netplayd catalog add "$installed/demo/rally.nes" --core Nestopia
netplayd doctor

# As a systemd service, into a folder of its own, so that this system is not changed.
if command -v systemd-analyze > /dev/null && [ "$(id -u)" -eq 0 ]; then
    "$installed/contrib/systemd/install.sh" "$folder/root"
    systemd-analyze verify "$folder/root/etc/systemd/system/netplayd.service"
    [ "$(stat -c %a "$folder/root/etc/netplayd/cores.yaml")" = 640 ]
    grep -q "content: \[$installed/demo\]" "$folder/root/etc/netplayd/cores.yaml"
fi
