#!/usr/bin/env bash
# Makes sure that the tools of `make test-vm` are there: an emulated machine, its firmware, and what packs its first
# file system.
set -euo pipefail

declare -A package_of=(
  [qemu-system-x86_64]=qemu-system-x86 [busybox]=busybox-static [cpio]=cpio [xz]=xz-utils [dpkg-deb]=dpkg
  [ip]=iproute2 [sysctl]=procps
)
missing=()
for tool in "${!package_of[@]}"; do
  command -v "$tool" >/dev/null || missing+=("${package_of[$tool]}")
done
# The first file system of a machine holds no libraries.
if ldd "$(command -v busybox)" >/dev/null 2>&1; then missing+=(busybox-static); fi
# Firmware: qemu comes without it where recommended packages are not installed.
[[ -e /usr/share/seabios/bios-256k.bin ]] || missing+=(seabios)
[[ ${#missing[@]} == 0 ]] && exit 0

if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "tripod: the emulated machine needs ${missing[*]}. Install them (Debian, Ubuntu: sudo apt-get install ${missing[*]})." >&2
  exit 1
fi
echo "tripod: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
{ apt-get -o DPkg::Lock::Timeout=120 update -q &&
  apt-get -o DPkg::Lock::Timeout=120 install -q -y --no-install-recommends "${missing[@]}"; } >&2
