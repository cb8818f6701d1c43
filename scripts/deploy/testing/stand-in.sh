#!/usr/bin/env bash
# Stands in for kubectl and the tools of local clusters and images, where there is no cluster: writes down how it was
# called and answers from a table, one line each: pattern, exit code (or "stay": until killed), answer, between tabs.
# Kustomize is the real one, and "exec" runs here what would run in a container.
set -u
folder=$(dirname "$(dirname "${BASH_SOURCE[0]}")")
call="$(basename "$0") $*"
echo "$call" >> "$folder/calls"

if [[ $call == "kubectl kustomize "* ]]; then
  exec "$STAND_IN_KUBECTL" "$@"
fi
if [[ $call == *" exec "*" -- "* && ! -e $folder/exec-fails ]]; then
  while [[ $1 != -- ]]; do shift; done
  exec "${@:2}"
fi
if [[ $call == *" save "*"--output "* ]]; then
  archive=${call#*--output }
  touch "${archive%% *}"
fi
if [[ $call == *" apply "* ]]; then
  case "${*: -2:1}" in
    -k) "$STAND_IN_KUBECTL" kustomize "${*: -1}" > "$folder/applied.yaml" ;;
    -f) cp "${*: -1}" "$folder/$([[ $call == *--dry-run* ]] && echo checked || echo applied).yaml" ;;
  esac
  [[ $call == *--dry-run* ]] || touch "$folder/is-applied"
fi

table="$folder/table"
[[ -e $folder/is-applied ]] && table="$folder/table-applied"
while IFS=$'\t' read -r pattern code answer; do
  # Unquoted: a pattern.
  # shellcheck disable=SC2053
  [[ $call == $pattern ]] || continue
  if [[ $code == stay ]]; then
    printf '%b\n' "$answer"
    exec sleep 3600
  fi
  [[ $code == 0 ]] || exec >&2
  [[ -z $answer ]] || printf '%b\n' "$answer"
  exit "$code"
done < "$table"
