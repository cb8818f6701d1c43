#!/usr/bin/env bash
# Runs a command in network and mount namespaces of its own: what it does to interfaces, and to programs pinned in
# /sys/fs/bpf, ends with it and is seen by nobody else. Needs root.
#   usage: in-network-namespace.sh COMMAND [ARGUMENT...]
set -euo pipefail

# Inside, /sys must be mounted again to show the interfaces of this namespace, and /run/netns is empty and private, so
# that `ip netns add` leaves nothing behind.
# shellcheck disable=SC2016
exec unshare --net --mount --propagation private bash -c '
  set -euo pipefail
  mount -t sysfs sysfs /sys
  mount -t bpf bpf /sys/fs/bpf
  mkdir -p /run/netns
  mount -t tmpfs tmpfs /run/netns
  ip link set lo up
  exec "$@"
' in-network-namespace "$@"
