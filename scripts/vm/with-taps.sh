#!/usr/bin/env bash
# Runs a command beside a wire of two taps, `card` (of two queues) and `peer`. Only for a network namespace of its own:
# see in-network-namespace.sh.
#   usage: with-taps.sh COMMAND [ARGUMENT...]
set -euo pipefail

# The bridge itself says nothing: every packet on the wire is one of the machine's.
sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add name wire type bridge mcast_snooping 0
ip tuntap add card mode tap multi_queue
ip tuntap add peer mode tap
for tap in card peer; do ip link set "$tap" master wire up; done
ip link set wire up
exec "$@"
