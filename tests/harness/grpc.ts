import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition, Metadata, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { patient } from '../../scripts/processes/patience.ts';
import { serviceToken } from './jwt.ts';
import type { RuleSetVersion } from './types.ts';

export interface GrpcStatus {
  instance_id: string;
  rules: RuleSetVersion | null;
  rule_count: number;
  generation: number;
  data_addresses: string[];
}

export interface GrpcCounters {
  version: RuleSetVersion | null;
  counters: { rule_id: string; packets: number; bytes: number; dropped_packets: number }[];
  unmatched_packets: number;
  unmatched_bytes: number;
}

export interface GrpcClient {
  call<T>(method: string, request?: object, token?: string | null): Promise<T>;
  close(): void;
}

const proto = fileURLToPath(new URL('../../proto/', import.meta.url));
const loaded = loadPackageDefinition(
  loadSync('fastpath/v1/fastpath.proto', {
    includeDirs: [proto],
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
    oneofs: true,
  }),
) as unknown as { fastpath: { v1: { FastPath: ServiceClientConstructor } } };

/** A gRPC client of one fast path that signs a fresh service token for each call. A call fails after `withinMs`. */
export function grpcClient(address: string, secret: string, withinMs = patient(5_000)): GrpcClient {
  const client = new loaded.fastpath.v1.FastPath(address, credentials.createInsecure());
  return {
    call: (method, request = {}, token = serviceToken(secret)) =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        if (token) metadata.set('authorization', `Bearer ${token}`);
        const answer = (error: Error | null, value: unknown) =>
          error ? reject(error) : resolve(value as never);
        client[method]!(request, metadata, { deadline: Date.now() + withinMs }, answer);
      }),
    close: () => client.close(),
  };
}
