#!/usr/bin/env bash
# Prints node=… and runtime=…: the base images of the Dockerfiles, each with the digest that its tag has now.
set -euo pipefail
cd "$(dirname "$0")/../.."

resolve() { # build argument
  local image digest
  image=$(sed -n "s/^ARG $1=//p" services/*/Dockerfile | sort -u)
  if [[ -z $image || $image == *$'\n'* ]]; then
    echo "tripod: the Dockerfiles do not agree on one $1: ${image//$'\n'/, }" >&2
    return 1
  fi
  digest=$(docker buildx imagetools inspect --format '{{json .Manifest}}' "$image" | jq --raw-output .digest)
  if [[ ! $digest =~ ^sha256:[0-9a-f]{64}$ ]]; then
    echo "tripod: $image has no digest: $digest" >&2
    return 1
  fi
  echo "$image@$digest"
}

# Not within echo: there a failure would be lost.
node=$(resolve NODE_IMAGE)
runtime=$(resolve RUNTIME_IMAGE)
echo "node=$node"
echo "runtime=$runtime"
