import { fileURLToPath } from 'node:url';
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import type { ProtoGrpcType } from './gen/fastpath.ts';

// Three levels up from the service: the same place in the repository and in the image.
const PROTO_FOLDER = fileURLToPath(new URL('../../../../proto/', import.meta.url));

/** proto/fastpath/v1/fastpath.proto as grpc-js wants it; the generated types are made with the same options. */
export function loadDefinition(): { definition: PackageDefinition; types: ProtoGrpcType } {
  const definition = loadSync('fastpath/v1/fastpath.proto', {
    includeDirs: [PROTO_FOLDER],
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
    oneofs: true,
  });
  return { definition, types: loadPackageDefinition(definition) as unknown as ProtoGrpcType };
}
