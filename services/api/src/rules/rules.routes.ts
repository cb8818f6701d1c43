import type { Response } from 'express';
import { defineRoute, type Route } from '../http/route.ts';
import { formatEtag, parseIfMatch } from './etag.ts';
import type { StoredRule } from './rule.ts';
import { IfMatch, Rule, RuleInput, RuleList, RuleParams, RulePatch, RuleQuery } from './rules.schemas.ts';

const tag = 'rules';
const ETAG = { ETag: 'Names this state of the rule; send it as If-Match to change exactly this state' };
const PRECONDITION = ['precondition_failed', 'precondition_required'] as const;

function tagged(res: Response, rule: StoredRule): StoredRule {
  res.set('ETag', formatEtag(rule.version));
  return rule;
}

export const ruleRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/rules',
    operationId: 'listRules',
    summary: 'Rules, in the order in which they match',
    tag,
    permission: 'rules:read',
    query: RuleQuery,
    response: { status: 200, schema: RuleList },
    handle: ({ query, caller }, ctx) => ctx.rules.list(query, caller),
  }),
  defineRoute({
    method: 'post',
    path: '/rules',
    operationId: 'createRule',
    summary: 'Create a rule; every fast path enforces it within a second',
    tag,
    permission: 'rules:write',
    body: RuleInput,
    response: { status: 201, schema: Rule, headers: { ...ETAG, Location: 'Path of the new rule' } },
    errors: ['conflict'],
    async handle({ body, actor, res }, ctx) {
      const rule = await ctx.rules.create(actor, body);
      res.set('Location', `/api/v1/rules/${rule.id}`);
      return tagged(res, rule);
    },
  }),
  defineRoute({
    method: 'get',
    path: '/rules/{id}',
    operationId: 'getRule',
    summary: 'One rule',
    tag,
    permission: 'rules:read',
    params: RuleParams,
    response: { status: 200, schema: Rule, headers: ETAG },
    handle: async ({ params, res }, ctx) => tagged(res, await ctx.rules.get(params.id)),
  }),
  defineRoute({
    method: 'put',
    path: '/rules/{id}',
    operationId: 'replaceRule',
    summary: 'Put a whole rule in place of what was there',
    description: 'Fields that are left out get their defaults.',
    tag,
    permission: 'rules:write',
    params: RuleParams,
    headers: IfMatch,
    body: RuleInput,
    response: { status: 200, schema: Rule, headers: ETAG },
    errors: PRECONDITION,
    async handle({ params, headers, body, actor, res }, ctx) {
      const precondition = parseIfMatch(headers['if-match']);
      return tagged(res, await ctx.rules.replace(actor, params.id, precondition, body));
    },
  }),
  defineRoute({
    method: 'patch',
    path: '/rules/{id}',
    operationId: 'updateRule',
    summary: 'Change some fields of a rule',
    description: 'Fields that are left out stay; the result must be a valid rule.',
    tag,
    permission: 'rules:write',
    params: RuleParams,
    headers: IfMatch,
    body: RulePatch,
    response: { status: 200, schema: Rule, headers: ETAG },
    errors: PRECONDITION,
    async handle({ params, headers, body, actor, res }, ctx) {
      const precondition = parseIfMatch(headers['if-match']);
      return tagged(res, await ctx.rules.patch(actor, params.id, precondition, body));
    },
  }),
  defineRoute({
    method: 'delete',
    path: '/rules/{id}',
    operationId: 'deleteRule',
    summary: 'Delete a rule',
    tag,
    permission: 'rules:write',
    params: RuleParams,
    headers: IfMatch,
    response: { status: 204 },
    errors: PRECONDITION,
    handle: ({ params, headers, actor }, ctx) =>
      ctx.rules.remove(actor, params.id, parseIfMatch(headers['if-match'])),
  }),
];
