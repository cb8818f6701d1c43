import { queryOptions } from '@tanstack/react-query';
import { api, bodyOf } from './client.ts';
import type { components } from './schema.gen.ts';

export type Rule = components['schemas']['Rule'];
export type RuleInput = components['schemas']['RuleInput'];

/** A rule with the tag that a change of it must name, so that nobody overwrites what he has not seen. */
export interface TaggedRule {
  rule: Rule;
  etag: string;
}

function tagged(reply: { data?: Rule | undefined; response: Response }): TaggedRule {
  const etag = reply.response.headers.get('ETag');
  if (!etag) throw new Error('The API sent a rule without its ETag.');
  return { rule: bodyOf(reply), etag };
}

export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: ['rules', 'one', id],
    queryFn: ({ signal }) => readRule(id, signal),
  });

export async function readRule(id: string, signal?: AbortSignal): Promise<TaggedRule> {
  return tagged(await api.GET('/rules/{id}', { params: { path: { id } }, signal: signal ?? null }));
}

export async function createRule(body: RuleInput): Promise<Rule> {
  return bodyOf(await api.POST('/rules', { body }));
}

export async function replaceRule(id: string, etag: string, body: RuleInput): Promise<TaggedRule> {
  const params = { path: { id }, header: { 'if-match': etag } };
  return tagged(await api.PUT('/rules/{id}', { params, body }));
}

export async function switchRule(id: string, etag: string, enabled: boolean): Promise<TaggedRule> {
  const params = { path: { id }, header: { 'if-match': etag } };
  return tagged(await api.PATCH('/rules/{id}', { params, body: { enabled } }));
}

export async function deleteRule(id: string, etag: string): Promise<void> {
  await api.DELETE('/rules/{id}', { params: { path: { id }, header: { 'if-match': etag } } });
}
