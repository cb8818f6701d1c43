#!/usr/bin/env bash
# Inside of an emulated machine: the card under test gets the name `card`, its peer on the wire the name `peer`, in a
# network namespace of that name, so that what they send to each other really goes over the wire.
set -euo pipefail

rename() { # MAC NAME
  local address
  for address in /sys/class/net/*/address; do
    [[ $(<"$address") == "$1" ]] && ip link set "$(basename "$(dirname "$address")")" name "$2" && return
  done
  echo "no network card has the address $1" >&2
  return 1
}

rename 52:54:00:00:00:01 card
rename 52:54:00:00:00:02 peer
ip netns add peer
ip link set peer netns peer
ip -n peer link set lo up

# Nothing but the tests speaks on the wire: no router solicitation, no duplicate address detection.
sysctl -q net.ipv6.conf.card.router_solicitations=0 net.ipv6.conf.card.accept_dad=0
ip netns exec peer sysctl -q net.ipv6.conf.peer.router_solicitations=0 net.ipv6.conf.peer.accept_dad=0
# A machine that stands still for three seconds has not lost its neighbour; with the default, the datagrams that wait
# for the neighbour's address would be dropped (mcast_solicit in ip-sysctl.rst).
ip netns exec peer sysctl -q net.ipv4.neigh.peer.mcast_solicit=1000 net.ipv6.neigh.peer.mcast_solicit=1000
ip addr add 10.99.0.1/24 dev card
ip addr add fd99::1/64 dev card nodad
ip -n peer addr add 10.99.0.2/24 dev peer
ip -n peer addr add fd99::2/64 dev peer nodad
ip link set card up
ip -n peer link set peer up
