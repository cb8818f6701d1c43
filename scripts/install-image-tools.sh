#!/usr/bin/env bash
# Makes sure that the tools of `make test-images` are there: what builds and runs images, and what makes a Debian to
# build them on where none can be downloaded.
set -euo pipefail

declare -A package_of=(
  [podman]=podman [buildah]=buildah [runc]=runc [mmdebstrap]=mmdebstrap [ip]=iproute2 [tar]=tar
)
missing=()
for tool in "${!package_of[@]}"; do
  command -v "$tool" >/dev/null || missing+=("${package_of[$tool]}")
done
[[ ${#missing[@]} == 0 ]] && exit 0

if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "tripod: the tests of the images need ${missing[*]}. Install them (Debian, Ubuntu: sudo apt-get install ${missing[*]})." >&2
  exit 1
fi
echo "tripod: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
{ apt-get -o DPkg::Lock::Timeout=120 update -q &&
  apt-get -o DPkg::Lock::Timeout=120 install -q -y --no-install-recommends "${missing[@]}"; } >&2
