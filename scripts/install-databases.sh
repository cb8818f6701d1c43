#!/usr/bin/env bash
# Installs Debian packages with database servers, for tests and `make dev`. No service is started by it.
#   usage: install-databases.sh PACKAGE...
set -euo pipefail

if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "tripod: $* missing. Install them (Debian, Ubuntu: sudo apt-get install --no-install-recommends $*)." >&2
  exit 1
fi
echo "tripod: installing $*" >&2
# The packages' own services stay off: what is needed is started from the scripts.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
fi
export DEBIAN_FRONTEND=noninteractive
{ apt-get -o DPkg::Lock::Timeout=120 update -q &&
  apt-get -o DPkg::Lock::Timeout=120 install -q -y --no-install-recommends "$@"; } >&2
