#!/usr/bin/env bash
# Installs the pinned Node and pnpm into .tools and the workspace's packages; does nothing when both are current.
# Needs: npm. The machine's own Node only has to be able to run npm.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
  echo "tripod: $1" >&2
  exit 1
}

command -v npm >/dev/null || die "npm is missing. Install Node.js with npm (any version from 18), then run make again."
touch .write-test 2>/dev/null || die "$PWD is not writable. Clone into a folder that you own, or fix its permissions."
rm -f .write-test

# A stamp is the checksum of everything that an install depends on.
current() { [[ -f $1 && $(<"$1") == "$2" ]]; }

tools_sum=$(cat scripts/tools/package*.json | cksum)
if ! current .tools/stamp "$tools_sum"; then
  echo "tripod: installing Node and pnpm into .tools"
  mkdir -p .tools
  cp scripts/tools/package*.json .tools/
  npm install --prefix .tools --no-audit --no-fund --loglevel=error --ignore-scripts >.tools/install.log 2>&1 ||
    { cat .tools/install.log >&2; die "npm could not install the tools. Check the network and the registry setting (npm config get registry)."; }
  echo "$tools_sum" >.tools/stamp
fi
export PATH="$PWD/.tools/node_modules/.bin:$PATH"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 24 || (a === 24 && b >= 12) ? 0 : 1)' ||
  die "Node $(node --version) is too old and no pinned Node exists for this platform. Install Node 24.12 or newer."

packages_sum=$(cat pnpm-lock.yaml pnpm-workspace.yaml package.json services/*/package.json services/fastpath/xdp-socket-native/package.json tests/package.json | cksum)
if ! current node_modules/.tripod-stamp "$packages_sum"; then
  echo "tripod: installing packages"
  pnpm install --frozen-lockfile --reporter=append-only >.tools/packages.log 2>&1 ||
    { cat .tools/packages.log >&2; die "pnpm could not install the packages. See the lines above."; }
  echo "$packages_sum" >node_modules/.tripod-stamp
fi
