#!/usr/bin/env bash
# Prints what tells why the product does not run on the cluster of kubectl's context. For a job that has failed: each
# question is asked, whatever became of the one before.
set -uo pipefail

for kind in all,networkpolicies,persistentvolumeclaims events; do
  kubectl --namespace tripod get "$kind" --output wide || true
done
kubectl --namespace tripod describe pods || true
for pod in $(kubectl --namespace tripod get pods --output name); do
  echo "--- $pod"
  kubectl --namespace tripod logs "$pod" --all-containers --prefix --tail 100 || true
  kubectl --namespace tripod logs "$pod" --all-containers --prefix --tail 30 --previous 2>/dev/null || true
done
