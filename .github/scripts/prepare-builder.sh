#!/usr/bin/env bash
# Makes BuildKit the builder of docker, and lets this machine run programs of the other architecture. For a throw-away
# machine of CI: it installs packages.
set -euo pipefail

other=aarch64
[[ $(uname -m) == x86_64 ]] || other=x86_64
handler=/proc/sys/fs/binfmt_misc/qemu-$other
if [[ ! -e $handler ]]; then
  sudo apt-get update -q
  sudo apt-get install -q -y --no-install-recommends qemu-user-static binfmt-support
fi
# F: the kernel opened the emulator when it was registered, so that containers need none of their own.
grep -q '^flags:.*F' "$handler" || {
  echo "tripod: programs for $other do not run in containers here: $handler" >&2
  exit 1
}
# Docker's own builder makes neither images of several architectures nor attestations.
docker buildx inspect tripod >/dev/null 2>&1 || docker buildx create --name tripod --driver docker-container
docker buildx use tripod
