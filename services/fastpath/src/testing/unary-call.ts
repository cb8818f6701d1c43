import type { Metadata, ServiceError } from '@grpc/grpc-js';
import type { ApplyRulesResponse__Output } from '../grpc/gen/fastpath/v1/ApplyRulesResponse.ts';
import type { ClassifyResponse__Output } from '../grpc/gen/fastpath/v1/ClassifyResponse.ts';
import type { FastPathClient } from '../grpc/gen/fastpath/v1/FastPath.ts';
import type { GetStatusResponse__Output } from '../grpc/gen/fastpath/v1/GetStatusResponse.ts';
import type { ListFlowsResponse__Output } from '../grpc/gen/fastpath/v1/ListFlowsResponse.ts';
import type { ListRuleCountersResponse__Output } from '../grpc/gen/fastpath/v1/ListRuleCountersResponse.ts';
import { withToken } from './test-server.ts';

type Responses = {
  GetStatus: GetStatusResponse__Output;
  ApplyRules: ApplyRulesResponse__Output;
  ListRuleCounters: ListRuleCountersResponse__Output;
  Classify: ClassifyResponse__Output;
  ListFlows: ListFlowsResponse__Output;
};

type Call = (
  request: object,
  metadata: Metadata,
  callback: (error: ServiceError | null, response: unknown) => void,
) => void;

/** Calls a unary method with a service token; rejects with the ServiceError. */
export function callUnary<Name extends keyof Responses>(
  client: FastPathClient,
  name: Name,
  request: object,
  metadata: Metadata = withToken(),
): Promise<Responses[Name]> {
  return new Promise((resolve, reject) => {
    (client[name] as Call).call(client, request, metadata, (error, response) =>
      error ? reject(error) : resolve(response as Responses[Name]),
    );
  });
}
