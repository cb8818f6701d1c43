// Original file: ../../proto/fastpath/v1/fastpath.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ApplyRulesRequest as _fastpath_v1_ApplyRulesRequest, ApplyRulesRequest__Output as _fastpath_v1_ApplyRulesRequest__Output } from '../../fastpath/v1/ApplyRulesRequest.ts';
import type { ApplyRulesResponse as _fastpath_v1_ApplyRulesResponse, ApplyRulesResponse__Output as _fastpath_v1_ApplyRulesResponse__Output } from '../../fastpath/v1/ApplyRulesResponse.ts';
import type { CaptureRequest as _fastpath_v1_CaptureRequest, CaptureRequest__Output as _fastpath_v1_CaptureRequest__Output } from '../../fastpath/v1/CaptureRequest.ts';
import type { CapturedPacket as _fastpath_v1_CapturedPacket, CapturedPacket__Output as _fastpath_v1_CapturedPacket__Output } from '../../fastpath/v1/CapturedPacket.ts';
import type { ClassifyRequest as _fastpath_v1_ClassifyRequest, ClassifyRequest__Output as _fastpath_v1_ClassifyRequest__Output } from '../../fastpath/v1/ClassifyRequest.ts';
import type { ClassifyResponse as _fastpath_v1_ClassifyResponse, ClassifyResponse__Output as _fastpath_v1_ClassifyResponse__Output } from '../../fastpath/v1/ClassifyResponse.ts';
import type { GetStatusRequest as _fastpath_v1_GetStatusRequest, GetStatusRequest__Output as _fastpath_v1_GetStatusRequest__Output } from '../../fastpath/v1/GetStatusRequest.ts';
import type { GetStatusResponse as _fastpath_v1_GetStatusResponse, GetStatusResponse__Output as _fastpath_v1_GetStatusResponse__Output } from '../../fastpath/v1/GetStatusResponse.ts';
import type { ListFlowsRequest as _fastpath_v1_ListFlowsRequest, ListFlowsRequest__Output as _fastpath_v1_ListFlowsRequest__Output } from '../../fastpath/v1/ListFlowsRequest.ts';
import type { ListFlowsResponse as _fastpath_v1_ListFlowsResponse, ListFlowsResponse__Output as _fastpath_v1_ListFlowsResponse__Output } from '../../fastpath/v1/ListFlowsResponse.ts';
import type { ListRuleCountersRequest as _fastpath_v1_ListRuleCountersRequest, ListRuleCountersRequest__Output as _fastpath_v1_ListRuleCountersRequest__Output } from '../../fastpath/v1/ListRuleCountersRequest.ts';
import type { ListRuleCountersResponse as _fastpath_v1_ListRuleCountersResponse, ListRuleCountersResponse__Output as _fastpath_v1_ListRuleCountersResponse__Output } from '../../fastpath/v1/ListRuleCountersResponse.ts';
import type { Stats as _fastpath_v1_Stats, Stats__Output as _fastpath_v1_Stats__Output } from '../../fastpath/v1/Stats.ts';
import type { WatchStatsRequest as _fastpath_v1_WatchStatsRequest, WatchStatsRequest__Output as _fastpath_v1_WatchStatsRequest__Output } from '../../fastpath/v1/WatchStatsRequest.ts';

export interface FastPathClient extends grpc.Client {
  ApplyRules(argument: _fastpath_v1_ApplyRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  ApplyRules(argument: _fastpath_v1_ApplyRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  ApplyRules(argument: _fastpath_v1_ApplyRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  ApplyRules(argument: _fastpath_v1_ApplyRulesRequest, callback: grpc.requestCallback<_fastpath_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  applyRules(argument: _fastpath_v1_ApplyRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  applyRules(argument: _fastpath_v1_ApplyRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  applyRules(argument: _fastpath_v1_ApplyRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  applyRules(argument: _fastpath_v1_ApplyRulesRequest, callback: grpc.requestCallback<_fastpath_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  
  Capture(argument: _fastpath_v1_CaptureRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_fastpath_v1_CapturedPacket__Output>;
  Capture(argument: _fastpath_v1_CaptureRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_fastpath_v1_CapturedPacket__Output>;
  capture(argument: _fastpath_v1_CaptureRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_fastpath_v1_CapturedPacket__Output>;
  capture(argument: _fastpath_v1_CaptureRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_fastpath_v1_CapturedPacket__Output>;
  
  Classify(argument: _fastpath_v1_ClassifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ClassifyResponse__Output>): grpc.ClientUnaryCall;
  Classify(argument: _fastpath_v1_ClassifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_ClassifyResponse__Output>): grpc.ClientUnaryCall;
  Classify(argument: _fastpath_v1_ClassifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ClassifyResponse__Output>): grpc.ClientUnaryCall;
  Classify(argument: _fastpath_v1_ClassifyRequest, callback: grpc.requestCallback<_fastpath_v1_ClassifyResponse__Output>): grpc.ClientUnaryCall;
  classify(argument: _fastpath_v1_ClassifyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ClassifyResponse__Output>): grpc.ClientUnaryCall;
  classify(argument: _fastpath_v1_ClassifyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_ClassifyResponse__Output>): grpc.ClientUnaryCall;
  classify(argument: _fastpath_v1_ClassifyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ClassifyResponse__Output>): grpc.ClientUnaryCall;
  classify(argument: _fastpath_v1_ClassifyRequest, callback: grpc.requestCallback<_fastpath_v1_ClassifyResponse__Output>): grpc.ClientUnaryCall;
  
  ClassifyStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_fastpath_v1_ClassifyRequest, _fastpath_v1_ClassifyResponse__Output>;
  ClassifyStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_fastpath_v1_ClassifyRequest, _fastpath_v1_ClassifyResponse__Output>;
  classifyStream(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_fastpath_v1_ClassifyRequest, _fastpath_v1_ClassifyResponse__Output>;
  classifyStream(options?: grpc.CallOptions): grpc.ClientDuplexStream<_fastpath_v1_ClassifyRequest, _fastpath_v1_ClassifyResponse__Output>;
  
  GetStatus(argument: _fastpath_v1_GetStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_GetStatusResponse__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _fastpath_v1_GetStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_GetStatusResponse__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _fastpath_v1_GetStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_GetStatusResponse__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _fastpath_v1_GetStatusRequest, callback: grpc.requestCallback<_fastpath_v1_GetStatusResponse__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _fastpath_v1_GetStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_GetStatusResponse__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _fastpath_v1_GetStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_GetStatusResponse__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _fastpath_v1_GetStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_GetStatusResponse__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _fastpath_v1_GetStatusRequest, callback: grpc.requestCallback<_fastpath_v1_GetStatusResponse__Output>): grpc.ClientUnaryCall;
  
  ListFlows(argument: _fastpath_v1_ListFlowsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ListFlowsResponse__Output>): grpc.ClientUnaryCall;
  ListFlows(argument: _fastpath_v1_ListFlowsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_ListFlowsResponse__Output>): grpc.ClientUnaryCall;
  ListFlows(argument: _fastpath_v1_ListFlowsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ListFlowsResponse__Output>): grpc.ClientUnaryCall;
  ListFlows(argument: _fastpath_v1_ListFlowsRequest, callback: grpc.requestCallback<_fastpath_v1_ListFlowsResponse__Output>): grpc.ClientUnaryCall;
  listFlows(argument: _fastpath_v1_ListFlowsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ListFlowsResponse__Output>): grpc.ClientUnaryCall;
  listFlows(argument: _fastpath_v1_ListFlowsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_ListFlowsResponse__Output>): grpc.ClientUnaryCall;
  listFlows(argument: _fastpath_v1_ListFlowsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ListFlowsResponse__Output>): grpc.ClientUnaryCall;
  listFlows(argument: _fastpath_v1_ListFlowsRequest, callback: grpc.requestCallback<_fastpath_v1_ListFlowsResponse__Output>): grpc.ClientUnaryCall;
  
  ListRuleCounters(argument: _fastpath_v1_ListRuleCountersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ListRuleCountersResponse__Output>): grpc.ClientUnaryCall;
  ListRuleCounters(argument: _fastpath_v1_ListRuleCountersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_ListRuleCountersResponse__Output>): grpc.ClientUnaryCall;
  ListRuleCounters(argument: _fastpath_v1_ListRuleCountersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ListRuleCountersResponse__Output>): grpc.ClientUnaryCall;
  ListRuleCounters(argument: _fastpath_v1_ListRuleCountersRequest, callback: grpc.requestCallback<_fastpath_v1_ListRuleCountersResponse__Output>): grpc.ClientUnaryCall;
  listRuleCounters(argument: _fastpath_v1_ListRuleCountersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ListRuleCountersResponse__Output>): grpc.ClientUnaryCall;
  listRuleCounters(argument: _fastpath_v1_ListRuleCountersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fastpath_v1_ListRuleCountersResponse__Output>): grpc.ClientUnaryCall;
  listRuleCounters(argument: _fastpath_v1_ListRuleCountersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fastpath_v1_ListRuleCountersResponse__Output>): grpc.ClientUnaryCall;
  listRuleCounters(argument: _fastpath_v1_ListRuleCountersRequest, callback: grpc.requestCallback<_fastpath_v1_ListRuleCountersResponse__Output>): grpc.ClientUnaryCall;
  
  WatchStats(argument: _fastpath_v1_WatchStatsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_fastpath_v1_Stats__Output>;
  WatchStats(argument: _fastpath_v1_WatchStatsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_fastpath_v1_Stats__Output>;
  watchStats(argument: _fastpath_v1_WatchStatsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_fastpath_v1_Stats__Output>;
  watchStats(argument: _fastpath_v1_WatchStatsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_fastpath_v1_Stats__Output>;
  
}

export interface FastPathHandlers extends grpc.UntypedServiceImplementation {
  ApplyRules: grpc.handleUnaryCall<_fastpath_v1_ApplyRulesRequest__Output, _fastpath_v1_ApplyRulesResponse>;
  
  Capture: grpc.handleServerStreamingCall<_fastpath_v1_CaptureRequest__Output, _fastpath_v1_CapturedPacket>;
  
  Classify: grpc.handleUnaryCall<_fastpath_v1_ClassifyRequest__Output, _fastpath_v1_ClassifyResponse>;
  
  ClassifyStream: grpc.handleBidiStreamingCall<_fastpath_v1_ClassifyRequest__Output, _fastpath_v1_ClassifyResponse>;
  
  GetStatus: grpc.handleUnaryCall<_fastpath_v1_GetStatusRequest__Output, _fastpath_v1_GetStatusResponse>;
  
  ListFlows: grpc.handleUnaryCall<_fastpath_v1_ListFlowsRequest__Output, _fastpath_v1_ListFlowsResponse>;
  
  ListRuleCounters: grpc.handleUnaryCall<_fastpath_v1_ListRuleCountersRequest__Output, _fastpath_v1_ListRuleCountersResponse>;
  
  WatchStats: grpc.handleServerStreamingCall<_fastpath_v1_WatchStatsRequest__Output, _fastpath_v1_Stats>;
  
}

export interface FastPathDefinition extends grpc.ServiceDefinition {
  ApplyRules: MethodDefinition<_fastpath_v1_ApplyRulesRequest, _fastpath_v1_ApplyRulesResponse, _fastpath_v1_ApplyRulesRequest__Output, _fastpath_v1_ApplyRulesResponse__Output>
  Capture: MethodDefinition<_fastpath_v1_CaptureRequest, _fastpath_v1_CapturedPacket, _fastpath_v1_CaptureRequest__Output, _fastpath_v1_CapturedPacket__Output>
  Classify: MethodDefinition<_fastpath_v1_ClassifyRequest, _fastpath_v1_ClassifyResponse, _fastpath_v1_ClassifyRequest__Output, _fastpath_v1_ClassifyResponse__Output>
  ClassifyStream: MethodDefinition<_fastpath_v1_ClassifyRequest, _fastpath_v1_ClassifyResponse, _fastpath_v1_ClassifyRequest__Output, _fastpath_v1_ClassifyResponse__Output>
  GetStatus: MethodDefinition<_fastpath_v1_GetStatusRequest, _fastpath_v1_GetStatusResponse, _fastpath_v1_GetStatusRequest__Output, _fastpath_v1_GetStatusResponse__Output>
  ListFlows: MethodDefinition<_fastpath_v1_ListFlowsRequest, _fastpath_v1_ListFlowsResponse, _fastpath_v1_ListFlowsRequest__Output, _fastpath_v1_ListFlowsResponse__Output>
  ListRuleCounters: MethodDefinition<_fastpath_v1_ListRuleCountersRequest, _fastpath_v1_ListRuleCountersResponse, _fastpath_v1_ListRuleCountersRequest__Output, _fastpath_v1_ListRuleCountersResponse__Output>
  WatchStats: MethodDefinition<_fastpath_v1_WatchStatsRequest, _fastpath_v1_Stats, _fastpath_v1_WatchStatsRequest__Output, _fastpath_v1_Stats__Output>
}
