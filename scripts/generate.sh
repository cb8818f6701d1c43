#!/usr/bin/env bash
# Regenerates every generated file. `make verify` runs it and fails when the result differs from what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

proto_types() { # service, output folder
  rm -rf "services/$1/$2"
  (cd "services/$1" && proto-loader-gen-types --keepCase --longs=Number --enums=String --defaults --arrays --oneofs \
    --grpcLib=@grpc/grpc-js --importFileExtension=.ts --outDir="$2" --includeDirs=../../proto \
    -- fastpath/v1/fastpath.proto 2>/dev/null)
}

export PATH="$PWD/.tools/node_modules/.bin:$PWD/node_modules/.bin:$PATH"
proto_types api src/fastpath/gen
proto_types fastpath src/grpc/gen
node services/api/scripts/write-openapi.ts
(cd services/webui && node_modules/.bin/openapi-typescript ../api/openapi.json --output src/api/schema.gen.ts >/dev/null)
for service in api fastpath webui; do
  node "scripts/write-env-example.ts" "$service"
done
# After the variables, which the schemas of the charts name.
node scripts/kubernetes/charts.ts
