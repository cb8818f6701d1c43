import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ApplyRulesRequest as _fastpath_v1_ApplyRulesRequest, ApplyRulesRequest__Output as _fastpath_v1_ApplyRulesRequest__Output } from './fastpath/v1/ApplyRulesRequest.ts';
import type { ApplyRulesResponse as _fastpath_v1_ApplyRulesResponse, ApplyRulesResponse__Output as _fastpath_v1_ApplyRulesResponse__Output } from './fastpath/v1/ApplyRulesResponse.ts';
import type { CaptureFilter as _fastpath_v1_CaptureFilter, CaptureFilter__Output as _fastpath_v1_CaptureFilter__Output } from './fastpath/v1/CaptureFilter.ts';
import type { CaptureRequest as _fastpath_v1_CaptureRequest, CaptureRequest__Output as _fastpath_v1_CaptureRequest__Output } from './fastpath/v1/CaptureRequest.ts';
import type { CapturedPacket as _fastpath_v1_CapturedPacket, CapturedPacket__Output as _fastpath_v1_CapturedPacket__Output } from './fastpath/v1/CapturedPacket.ts';
import type { ClassifyRequest as _fastpath_v1_ClassifyRequest, ClassifyRequest__Output as _fastpath_v1_ClassifyRequest__Output } from './fastpath/v1/ClassifyRequest.ts';
import type { ClassifyResponse as _fastpath_v1_ClassifyResponse, ClassifyResponse__Output as _fastpath_v1_ClassifyResponse__Output } from './fastpath/v1/ClassifyResponse.ts';
import type { DropCount as _fastpath_v1_DropCount, DropCount__Output as _fastpath_v1_DropCount__Output } from './fastpath/v1/DropCount.ts';
import type { FastPathClient as _fastpath_v1_FastPathClient, FastPathDefinition as _fastpath_v1_FastPathDefinition } from './fastpath/v1/FastPath.ts';
import type { Flow as _fastpath_v1_Flow, Flow__Output as _fastpath_v1_Flow__Output } from './fastpath/v1/Flow.ts';
import type { FlowStats as _fastpath_v1_FlowStats, FlowStats__Output as _fastpath_v1_FlowStats__Output } from './fastpath/v1/FlowStats.ts';
import type { GetStatusRequest as _fastpath_v1_GetStatusRequest, GetStatusRequest__Output as _fastpath_v1_GetStatusRequest__Output } from './fastpath/v1/GetStatusRequest.ts';
import type { GetStatusResponse as _fastpath_v1_GetStatusResponse, GetStatusResponse__Output as _fastpath_v1_GetStatusResponse__Output } from './fastpath/v1/GetStatusResponse.ts';
import type { ListFlowsRequest as _fastpath_v1_ListFlowsRequest, ListFlowsRequest__Output as _fastpath_v1_ListFlowsRequest__Output } from './fastpath/v1/ListFlowsRequest.ts';
import type { ListFlowsResponse as _fastpath_v1_ListFlowsResponse, ListFlowsResponse__Output as _fastpath_v1_ListFlowsResponse__Output } from './fastpath/v1/ListFlowsResponse.ts';
import type { ListRuleCountersRequest as _fastpath_v1_ListRuleCountersRequest, ListRuleCountersRequest__Output as _fastpath_v1_ListRuleCountersRequest__Output } from './fastpath/v1/ListRuleCountersRequest.ts';
import type { ListRuleCountersResponse as _fastpath_v1_ListRuleCountersResponse, ListRuleCountersResponse__Output as _fastpath_v1_ListRuleCountersResponse__Output } from './fastpath/v1/ListRuleCountersResponse.ts';
import type { PortRange as _fastpath_v1_PortRange, PortRange__Output as _fastpath_v1_PortRange__Output } from './fastpath/v1/PortRange.ts';
import type { Rule as _fastpath_v1_Rule, Rule__Output as _fastpath_v1_Rule__Output } from './fastpath/v1/Rule.ts';
import type { RuleCounter as _fastpath_v1_RuleCounter, RuleCounter__Output as _fastpath_v1_RuleCounter__Output } from './fastpath/v1/RuleCounter.ts';
import type { RuleSetVersion as _fastpath_v1_RuleSetVersion, RuleSetVersion__Output as _fastpath_v1_RuleSetVersion__Output } from './fastpath/v1/RuleSetVersion.ts';
import type { Stats as _fastpath_v1_Stats, Stats__Output as _fastpath_v1_Stats__Output } from './fastpath/v1/Stats.ts';
import type { Verdict as _fastpath_v1_Verdict, Verdict__Output as _fastpath_v1_Verdict__Output } from './fastpath/v1/Verdict.ts';
import type { WatchStatsRequest as _fastpath_v1_WatchStatsRequest, WatchStatsRequest__Output as _fastpath_v1_WatchStatsRequest__Output } from './fastpath/v1/WatchStatsRequest.ts';
import type { WorkerStats as _fastpath_v1_WorkerStats, WorkerStats__Output as _fastpath_v1_WorkerStats__Output } from './fastpath/v1/WorkerStats.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  fastpath: {
    v1: {
      Action: EnumTypeDefinition
      ApplyRulesRequest: MessageTypeDefinition<_fastpath_v1_ApplyRulesRequest, _fastpath_v1_ApplyRulesRequest__Output>
      ApplyRulesResponse: MessageTypeDefinition<_fastpath_v1_ApplyRulesResponse, _fastpath_v1_ApplyRulesResponse__Output>
      CaptureFilter: MessageTypeDefinition<_fastpath_v1_CaptureFilter, _fastpath_v1_CaptureFilter__Output>
      CaptureRequest: MessageTypeDefinition<_fastpath_v1_CaptureRequest, _fastpath_v1_CaptureRequest__Output>
      CapturedPacket: MessageTypeDefinition<_fastpath_v1_CapturedPacket, _fastpath_v1_CapturedPacket__Output>
      ClassifyRequest: MessageTypeDefinition<_fastpath_v1_ClassifyRequest, _fastpath_v1_ClassifyRequest__Output>
      ClassifyResponse: MessageTypeDefinition<_fastpath_v1_ClassifyResponse, _fastpath_v1_ClassifyResponse__Output>
      DropCount: MessageTypeDefinition<_fastpath_v1_DropCount, _fastpath_v1_DropCount__Output>
      FastPath: SubtypeConstructor<typeof grpc.Client, _fastpath_v1_FastPathClient> & { service: _fastpath_v1_FastPathDefinition }
      Flow: MessageTypeDefinition<_fastpath_v1_Flow, _fastpath_v1_Flow__Output>
      FlowStats: MessageTypeDefinition<_fastpath_v1_FlowStats, _fastpath_v1_FlowStats__Output>
      GetStatusRequest: MessageTypeDefinition<_fastpath_v1_GetStatusRequest, _fastpath_v1_GetStatusRequest__Output>
      GetStatusResponse: MessageTypeDefinition<_fastpath_v1_GetStatusResponse, _fastpath_v1_GetStatusResponse__Output>
      ListFlowsRequest: MessageTypeDefinition<_fastpath_v1_ListFlowsRequest, _fastpath_v1_ListFlowsRequest__Output>
      ListFlowsResponse: MessageTypeDefinition<_fastpath_v1_ListFlowsResponse, _fastpath_v1_ListFlowsResponse__Output>
      ListRuleCountersRequest: MessageTypeDefinition<_fastpath_v1_ListRuleCountersRequest, _fastpath_v1_ListRuleCountersRequest__Output>
      ListRuleCountersResponse: MessageTypeDefinition<_fastpath_v1_ListRuleCountersResponse, _fastpath_v1_ListRuleCountersResponse__Output>
      Mode: EnumTypeDefinition
      PortRange: MessageTypeDefinition<_fastpath_v1_PortRange, _fastpath_v1_PortRange__Output>
      Protocol: EnumTypeDefinition
      Rule: MessageTypeDefinition<_fastpath_v1_Rule, _fastpath_v1_Rule__Output>
      RuleCounter: MessageTypeDefinition<_fastpath_v1_RuleCounter, _fastpath_v1_RuleCounter__Output>
      RuleSetVersion: MessageTypeDefinition<_fastpath_v1_RuleSetVersion, _fastpath_v1_RuleSetVersion__Output>
      Stats: MessageTypeDefinition<_fastpath_v1_Stats, _fastpath_v1_Stats__Output>
      Verdict: MessageTypeDefinition<_fastpath_v1_Verdict, _fastpath_v1_Verdict__Output>
      WatchStatsRequest: MessageTypeDefinition<_fastpath_v1_WatchStatsRequest, _fastpath_v1_WatchStatsRequest__Output>
      WorkerStats: MessageTypeDefinition<_fastpath_v1_WorkerStats, _fastpath_v1_WorkerStats__Output>
    }
  }
}

