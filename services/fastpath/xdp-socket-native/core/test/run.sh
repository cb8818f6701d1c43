#!/usr/bin/env bash
# Compiles the core and its tests with sanitizers and runs them, each in network namespaces of its own. Needs root,
# libxdp-dev, libbpf-dev, clang. The last line is "N passed, N failed".
#   usage: run.sh [TEST...]              e.g. run.sh pool-test socket-test; none = all
#   CC=clang-16 SANITIZERS=thread run.sh socket-test
set -euo pipefail

CORE=$(cd "$(dirname "$0")/.." && pwd)
ROOT=$(cd "$CORE/../../../.." && pwd)
CC=${CC:-cc}
SANITIZERS=${SANITIZERS-address,undefined}
OUT=$(mktemp -d)
trap 'wait; rm -rf "$OUT"' EXIT

FLAGS=(-std=gnu11 -D_GNU_SOURCE= -Wall -Wextra -Werror -g -O1 -fno-omit-frame-pointer)
if [[ -n $SANITIZERS ]]; then
  FLAGS+=("-fsanitize=$SANITIZERS")
  # ThreadSanitizer does not know fences; what they order is atomic.
  if [[ $SANITIZERS == thread ]]; then FLAGS+=(-Wno-tsan); else FLAGS+=(-fno-sanitize-recover=all); fi
fi
# A leak test reads the size of the process: freed memory must not be kept back for long.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:quarantine_size_mb=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

compile() { # FILE OBJECT
  "$CC" "${FLAGS[@]}" -c "$1" -o "$2"
}

build() {
  local file name objects=() running=()
  mkdir "$OUT/core" "$OUT/test"
  for file in "$CORE"/*.c "$CORE"/test/*.c; do
    case $file in *.bpf.c) continue ;; esac
    case $file in *-test.c) [[ " $* " == *" $(basename "$file" .c) "* ]] || continue ;; esac
    compile "$file" "$OUT/$(basename "$(dirname "$file")")/$(basename "$file" .c).o" &
    running+=($!)
    if [[ ${#running[@]} -ge $(nproc) ]]; then
      wait "${running[0]}"
      running=("${running[@]:1}")
    fi
  done
  for file in "${running[@]}"; do wait "$file"; done
  for file in "$CORE"/test/*.bpf.c; do
    clang -O2 -g -target bpf -Wall -Wextra -Werror -I"/usr/include/$(uname -m)-linux-gnu" -c "$file" \
      -o "$OUT/$(basename "$file" .c).o"
  done
  # What several tests share goes into one archive, from which each takes what it names.
  for file in "$OUT"/core/*.o "$OUT"/test/*.o; do
    case $file in *-test.o) ;; *) objects+=("$file") ;; esac
  done
  ar rcs "$OUT/shared.a" "${objects[@]}"
  for name in "$@"; do
    # shellcheck disable=SC2046 # a test names the linker options that it wants in a comment
    "$CC" "${FLAGS[@]}" "$OUT/test/$name.o" "$OUT/shared.a" -lxdp -lbpf -lpthread -o "$OUT/$name" \
      $(sed -n 's|^/\* link: \(.*\) \*/$|\1|p' "$CORE/test/$name.c")
  done
}

TESTS=("$@")
if [[ ${#TESTS[@]} -eq 0 ]]; then
  for file in "$CORE"/test/*-test.c; do TESTS+=("$(basename "$file" .c)"); done
fi
build "${TESTS[@]}"

passed=0
failed=0
for name in "${TESTS[@]}"; do
  echo "== $name"
  status=0
  "$ROOT/scripts/in-network-namespace.sh" "$OUT/$name" "$OUT" 2>&1 | tee "$OUT/output" || status=$?
  summary=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$OUT/output" | tail -n 1 || true)
  read -r good bad < <(sed -E 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/' <<<"${summary:-0 passed, 1 failed}")
  # A test that a sanitizer ended, or that leaked, fails although its own checks passed.
  if [[ $status -ne 0 && $bad -eq 0 ]]; then bad=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
