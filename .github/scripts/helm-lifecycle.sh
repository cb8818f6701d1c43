#!/usr/bin/env bash
# The chart k8s/helm/tripod on the kind cluster `tripod`, through its life: install, test, upgrade, roll back. With
# secrets as in production: made beforehand, and none of them known to anybody.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(jq --raw-output .version package.json)
services=()
for dockerfile in services/*/Dockerfile; do services+=("$(basename "$(dirname "$dockerfile")")"); done
in_namespace=(--namespace tripod)

make images
for service in "${services[@]}"; do
  # The same image under another name is a rollout like any other, and needs no second build.
  docker tag "tripod-$service:$version" "tripod-$service:next"
  kind load docker-image --name tripod "tripod-$service:$version" "tripod-$service:next"
done

secret() { # name, KEY=value…
  local name=$1
  shift
  kubectl "${in_namespace[@]}" create secret generic "$name" "${@/#/--from-literal=}"
}
kubectl create namespace tripod
secret api "JWT_KEYS=first:$(openssl rand -hex 32)" ADMIN_EMAIL=admin@example.com "ADMIN_PASSWORD=$(openssl rand -hex 16)"
secret fastpath "FASTPATH_SECRET=$(openssl rand -hex 32)"
secret database DB_USER=tripod "DB_PASS=$(openssl rand -hex 16)"
.github/scripts/start-postgres.sh

values=(--values .github/cluster/values.yaml)
next=()
for service in "${services[@]}"; do next+=(--set "$service.image.tag=next"); done
wait=(--wait --timeout 10m)

runs() { # tag that the deployments must have
  local service image
  for service in "${services[@]}"; do
    kubectl "${in_namespace[@]}" rollout status "deployment/$service" --timeout 300s
    image=$(kubectl "${in_namespace[@]}" get deployment "$service" --output 'jsonpath={.spec.template.spec.containers[0].image}')
    [[ $image == "tripod-$service:$1" ]] || {
      echo "tripod: $service runs $image, not $1" >&2
      exit 1
    }
  done
  helm "${in_namespace[@]}" test tripod --logs --timeout 5m
}

helm "${in_namespace[@]}" install tripod k8s/helm/tripod "${values[@]}" "${wait[@]}"
runs "$version"
helm "${in_namespace[@]}" upgrade tripod k8s/helm/tripod "${values[@]}" "${next[@]}" "${wait[@]}"
runs next
helm "${in_namespace[@]}" rollback tripod 1 "${wait[@]}"
runs "$version"
helm "${in_namespace[@]}" history tripod
