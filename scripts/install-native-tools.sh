#!/usr/bin/env bash
# Makes sure that the AF_XDP addon can be built and all of its tests can run. As root on Debian it installs what is
# missing; elsewhere it says what is.
set -euo pipefail

packages=(
  gcc libc6-dev linux-libc-dev libxdp-dev libbpf-dev libelf-dev clang # the addon and its BPF programs
  iproute2 iputils-ping                                              # networks of the tests
  libclang-rt-dev                                                    # fuzzing
  gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static       # the core on arm64
)

command -v dpkg-query >/dev/null || {
  echo "tripod: the tests of the AF_XDP addon need Debian's packages: ${packages[*]}" >&2
  exit 1
}
mapfile -t installed < <(dpkg-query --show --showformat '${db:Status-Abbrev}${Package}\n' | sed -n 's/^ii //p')
missing=()
for package in "${packages[@]}"; do
  [[ " ${installed[*]} " == *" $package "* ]] || missing+=("$package")
done
[[ ${#missing[@]} == 0 ]] && exit 0

if [[ $(id -u) != 0 ]]; then
  echo "tripod: missing for the tests of the AF_XDP addon: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "tripod: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
{ apt-get -o DPkg::Lock::Timeout=120 update -q &&
  apt-get -o DPkg::Lock::Timeout=120 install -q -y --no-install-recommends "${missing[@]}"; } >&2
