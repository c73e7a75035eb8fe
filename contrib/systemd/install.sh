#!/bin/sh
# Makes netplayd a systemd service: its user, its unit, and a first configuration where there is none. Run it as root.
# Usage: install.sh [ROOT]    ROOT: a folder to install into instead of this system, for packages and tests
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=${1:-}

program=$(command -v netplayd) || {
    echo "netplayd is not in PATH: install it first, with npm install --global." >&2
    exit 1
}
case $program in
    /root/* | /home/*)
        echo "$program is in a home folder, which the service's user may not read: install Node and netplayd for all users." >&2
        exit 1
        ;;
esac

install -D -m 644 "$here/netplayd.sysusers" "$root/etc/sysusers.d/netplayd.conf"
systemd-sysusers ${root:+--root="$root"} netplayd.conf

unit=$root/etc/systemd/system/netplayd.service
install -D -m 644 "$here/netplayd.service" "$unit"
# The unit in the repository names /usr/bin; npm may install to another folder.
sed -i "s|^ExecStart=/usr/bin/netplayd|ExecStart=$program|" "$unit"

config=$root/etc/netplayd/cores.yaml
if [ ! -e "$config" ]; then
    group=$(sed -n 's/^netplayd:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/group")
    # The file may have passwords of rooms: only root and the service may read it.
    package=$(cd "$here/../.." && pwd)
    install -D -m 640 -g "$group" "$package/cores.example.yaml" "$config"
    sed -i "s|^data: .*|data: /var/lib/netplayd|; s|content: \[./demo\]|content: [$package/demo]|" "$config"
fi

[ -n "$root" ] || systemctl daemon-reload
echo "Edit $config, then: systemctl enable --now netplayd"
