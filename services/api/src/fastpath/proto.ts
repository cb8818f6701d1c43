import { fileURLToPath } from 'node:url';
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ApplyRulesRequest } from './gen/fastpath/v1/ApplyRulesRequest.ts';
import type { ClassifyRequest } from './gen/fastpath/v1/ClassifyRequest.ts';
import type { ProtoGrpcType } from './gen/fastpath.ts';

/**
 * Largest message in bytes, either way. A rule of the longest spelling takes 175 bytes, so 100,000 of them fit
 * into 17.5 MB with room to spare.
 */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

const definition = loadSync('fastpath/v1/fastpath.proto', {
  includeDirs: [fileURLToPath(new URL('../../../../proto/', import.meta.url))],
  keepCase: true,
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
  oneofs: true,
});

const loaded = loadPackageDefinition(definition) as unknown as ProtoGrpcType;

/** Paths, serializers and deserializers of every RPC. */
export const fastPathService = loaded.fastpath.v1.FastPath.service;

/** A part of an ApplyRulesRequest in bytes; parts may be put one after the other. */
export function encodeRules(part: ApplyRulesRequest): Buffer {
  return fastPathService.ApplyRules.requestSerialize(part);
}

/** A part of a ClassifyRequest in bytes; parts may be put one after the other. */
export function encodeFlows(part: ClassifyRequest): Buffer {
  return fastPathService.Classify.requestSerialize(part);
}
