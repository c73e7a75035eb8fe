#!/bin/sh
# Installs what `npm pack` makes into a folder of its own, as a user would globally, and hosts the demo game from there.
# Usage: try-package.sh FOLDER    (an empty folder, which is left with what was installed)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1/package
mkdir -p "$folder"
cd "$root"
archive=$(npm pack --silent --pack-destination "$folder" | tail -n 1)

# Where Node's headers are installed, better-sqlite3 is compiled against them.
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

# As a systemd service, into a folder of its own: that changes nothing here.
if command -v systemd-analyze > /dev/null && [ "$(id -u)" -eq 0 ]; then
    "$installed/contrib/systemd/install.sh" "$folder/root"
    systemd-analyze verify "$folder/root/etc/systemd/system/netplayd.service"
    [ "$(stat -c %a "$folder/root/etc/netplayd/cores.yaml")" = 640 ]
    grep -q "content: \[$installed/demo\]" "$folder/root/etc/netplayd/cores.yaml"
fi
