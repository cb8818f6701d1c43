#!/usr/bin/env bash
# Prints values for k8s/helm/tripod that name the published images by digest.
#   usage: image-values.sh VERSION REGISTRY/FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."

for dockerfile in services/*/Dockerfile; do
  service=$(basename "$(dirname "$dockerfile")")
  image=$2/tripod-$service
  digest=$(docker buildx imagetools inspect --format '{{json .Manifest}}' "$image:$1" | jq --raw-output .digest)
  printf '%s:\n  image:\n    repository: %s\n    tag: "%s"\n    digest: %s\n' "$service" "$image" "$1" "$digest"
done
