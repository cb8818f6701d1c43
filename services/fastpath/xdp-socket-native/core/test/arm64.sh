#!/usr/bin/env bash
# Cross-compiles the core, its tests and the addon for arm64, and runs the tests that need no network under qemu-user.
# Needs (Debian): gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static, and node-api-headers in node_modules.
# libxdp and libbpf for arm64 are downloaded once (1 MB) and unpacked into a cache folder: nothing is installed.
#   usage: arm64.sh [TEST...]       tests to run; none = packet-test packet-reply-test
set -euo pipefail

CORE=$(cd "$(dirname "$0")/.." && pwd)
PACKAGE=$(dirname "$CORE")
CC=aarch64-linux-gnu-gcc
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/tripod/arm64
LIBRARIES=$CACHE/root/usr/lib/aarch64-linux-gnu
TESTS=("$@")
if [[ ${#TESTS[@]} -eq 0 ]]; then TESTS=(packet-test packet-reply-test); fi
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT

need() { # COMMAND PACKAGE
  command -v "$1" >"$OUT/which" || {
    echo "arm64: $1 is missing: apt-get install $2" >&2
    exit 1
  }
}

# An apt of its own, as dpkg --add-architecture would change the machine.
fetch_libraries() {
  local apt=$OUT/apt codename mirror options
  mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial "$apt"/parts "$OUT/root"
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(awk '/^URIs:/ {print $2; exit}' /etc/apt/sources.list.d/debian.sources)
  echo "deb [arch=arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $codename main" >"$apt/sources.list"
  : >"$apt/status"
  options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/parts"
    -o "Dir::State::Lists=$apt/lists" -o "Dir::State::Status=$apt/status" -o "Dir::Cache=$apt/cache"
    -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update -qq
  (cd "$apt" && apt-get "${options[@]}" download -qq libxdp1 libxdp-dev libbpf1 libbpf-dev libelf1 zlib1g)
  for package in "$apt"/*.deb; do dpkg-deb -x "$package" "$OUT/root"; done
  # Moved into place whole: a run that was cut off leaves no half of it.
  mkdir -p "$CACHE"
  mv "$OUT/root" "$CACHE/root"
}

compile() { # FLAG... : core and tests
  local file
  mkdir -p "$OUT/core" "$OUT/test"
  for file in "$CORE"/*.c "$CORE"/test/*.c; do
    case $file in *.bpf.c) continue ;; esac
    "$CC" "$@" -O2 -c "$file" -o "$OUT/$(basename "$(dirname "$file")")/$(basename "$file" .c).o"
  done
}

link_tests() {
  local object objects=() name
  for object in "$OUT"/core/*.o "$OUT"/test/*.o; do
    case $object in *-test.o) ;; *) objects+=("$object") ;; esac
  done
  aarch64-linux-gnu-ar rcs "$OUT/shared.a" "${objects[@]}"
  for object in "$OUT"/test/*-test.o; do
    name=$(basename "$object" .o)
    # shellcheck disable=SC2046 # a test names the linker options that it wants in a comment
    "$CC" "$object" "$OUT/shared.a" "${LINKING[@]}" -o "$OUT/$name" \
      $(sed -n 's|^/\* link: \(.*\) \*/$|\1|p' "$CORE/test/$name.c")
  done
}

link_addon() {
  local headers
  headers=$(cd "$PACKAGE" && node -p 'require("node-api-headers").include_dir')
  "$CC" "${FLAGS[@]}" -O2 -fPIC -shared -fvisibility=hidden -Wl,-z,nodelete "-I$headers" \
    "$PACKAGE"/binding/*.c "$CORE"/*.c "${LINKING[@]}" -o "$OUT/xdp_socket.node"
  aarch64-linux-gnu-readelf -h "$OUT/xdp_socket.node" | grep -q 'Machine:.*AArch64'
  aarch64-linux-gnu-nm -D --defined-only "$OUT/xdp_socket.node" | grep -q ' napi_register_module_v1$'
}

need "$CC" 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross'
QEMU=qemu-aarch64-static
if ! command -v "$QEMU" >"$OUT/which"; then QEMU=qemu-aarch64; fi
need "$QEMU" qemu-user-static
[[ -d $CACHE/root ]] || fetch_libraries

FLAGS=(-std=gnu11 -D_GNU_SOURCE= -Wall -Wextra -Werror -g "-I$CACHE/root/usr/include")
LINKING=("-L$LIBRARIES" "-Wl,-rpath-link,$LIBRARIES:$CACHE/root/lib/aarch64-linux-gnu" -lxdp -lbpf -lpthread)
compile "${FLAGS[@]}"
link_tests
link_addon
echo "built: core, $(find "$OUT" -maxdepth 1 -name '*-test' | wc -l) test programs, addon ($(stat -c %s "$OUT/xdp_socket.node") bytes)"

for name in "${TESTS[@]}"; do
  echo "== $name"
  "$QEMU" -L /usr/aarch64-linux-gnu -E "LD_LIBRARY_PATH=$LIBRARIES:$CACHE/root/lib/aarch64-linux-gnu" "$OUT/$name"
done
