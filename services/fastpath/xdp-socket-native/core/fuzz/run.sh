#!/usr/bin/env bash
# Fuzzes the packet parser with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
#   usage: run.sh SECONDS [CORPUS-FOLDER]
# With a folder, what was found to reach new code is kept there for the next run. Needs clang and its runtime library
# (Debian: clang, libclang-rt-dev).
set -euo pipefail
seconds=${1:?usage: run.sh SECONDS [CORPUS-FOLDER]}
cd "$(dirname "$0")"
work=$(mktemp -d)
corpus=${2:-$work/corpus}
mkdir -p "$corpus" "$work/seeds"

flags=(-std=c11 -O1 -g -Wall -Wextra -Werror)
core=(../packet.c ../packet-reply.c ../checksum.c)
clang "${flags[@]}" seeds.c ../test/frames.c -o "$work/make-seeds"
if ! clang "${flags[@]}" -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  packet-fuzz.c ../test/frames.c "${core[@]}" -o "$work/packet-fuzz"; then
  echo "fuzz: libFuzzer does not link; on Debian install libclang-rt-dev" >&2
  exit 1
fi
"$work/make-seeds" "$work/seeds"

# A finding stays in $work; without one nothing does.
"$work/packet-fuzz" -max_total_time="$seconds" -max_len=1600 -print_final_stats=1 -print_coverage=0 \
  -artifact_prefix="$work/finding-" "$corpus" "$work/seeds" || {
  status=$?
  echo "fuzz: see $work" >&2
  exit "$status"
}
rm -rf "$work"
