#!/usr/bin/env bash
# Makes sure that there is a Chromium for the browser tests, and prints its path. CHROMIUM_PATH names another one.
set -euo pipefail

chromium=${CHROMIUM_PATH:-/usr/bin/chromium}
if [[ ! -x $chromium ]]; then
  if [[ -n ${CHROMIUM_PATH:-} ]]; then
    echo "tripod: CHROMIUM_PATH=$CHROMIUM_PATH is no program." >&2
    exit 1
  fi
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "tripod: Chromium is missing. Install it (Debian, Ubuntu: sudo apt-get install chromium), or set CHROMIUM_PATH to one." >&2
    exit 1
  fi
  echo "tripod: installing Chromium" >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -q -y --no-install-recommends chromium; } >&2
fi
echo "$chromium"
