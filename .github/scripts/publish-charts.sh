#!/usr/bin/env bash
# Packages every chart of k8s/helm that can be installed, pushes it and signs it. Needs: helm from 3.8, and a login.
#   usage: publish-charts.sh VERSION REGISTRY/FOLDER (the version is that of every chart)
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT
for chart in k8s/helm/*/Chart.yaml; do
  # The library is packed into those that need it: on its own it is no use.
  ! grep -q '^type: library' "$chart" || continue
  helm package "${chart%/Chart.yaml}" --destination "$packages"
done
for package in "$packages"/*.tgz; do
  name=$(basename "$package" "-$1.tgz")
  digest=$(helm push "$package" "oci://$2" 2>&1 | tee /dev/stderr | sed -n 's/^Digest: *//p')
  .github/scripts/sign.sh "$2/$name@$digest"
done
