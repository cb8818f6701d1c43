#!/usr/bin/env bash
# Starts the PostgreSQL of the overlay alpha, with its namespace and its policy, and nothing else of it: to try the charts
# beside a database that they did not bring. Its Secret `database` must be there.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The charts bring a ConfigMap `database` of their own, and their Secrets have names without a hash.
# shellcheck disable=SC2016
filter='
  .items |= map(select(
    .kind == "Namespace" or .metadata.labels["app.kubernetes.io/name"] == "postgres"
    or (.kind == "ConfigMap" and (.metadata.name | startswith("database-")))))
  | walk(if type != "object" then .
         elif has("secretKeyRef") then .secretKeyRef.name = "database"
         elif has("configMapKeyRef") then .configMapKeyRef.name = "postgres"
         elif .kind == "ConfigMap" then .metadata.name = "postgres"
         else . end)'
kubectl kustomize k8s/kustomize/overlays/alpha | kubectl create --dry-run=client --output json --filename - |
  jq --slurp '{apiVersion: "v1", kind: "List", items: map(.items // [.]) | add} | '"$filter" |
  kubectl apply --filename -
kubectl --namespace tripod rollout status statefulset/postgres --timeout 300s
