// What can be asked for: the metrics of each job with their labels and the values that these were seen with.
import type { Matcher } from './promql.ts';

export interface Series {
  name: string;
  labels: Record<string, string>;
}

type Values = Map<string, Set<string>>;
/** By job, by metric, by label. */
export type Catalogue = Map<string, Map<string, Values>>;

/** What every target has from its ServiceMonitor. A metric's own label of such a name becomes exported_<name>. */
const TARGET_LABELS = ['job', 'instance', 'namespace', 'pod', 'service', 'container', 'endpoint'];

/** Not of our services: Prometheus' own. */
const OWN_METRICS: Record<string, string[]> = {
  up: TARGET_LABELS,
  ALERTS: ['alertname', 'alertstate', 'severity', 'namespace', 'pod', 'job', 'reason'],
};

/** Values nobody can list beforehand: any status of HTTP, any limit of a bucket, any place in a cluster. */
const OPEN_LABELS = new Set(['status', 'le', 'alertname', 'alertstate', 'severity', ...TARGET_LABELS]);

export function catalogueOf(scrapes: Record<string, readonly Series[]>): Catalogue {
  const catalogue: Catalogue = new Map();
  for (const [job, series] of Object.entries(scrapes)) {
    const metrics = new Map<string, Values>();
    for (const { name, labels } of series) addSeries(metrics, name, labels, job);
    for (const name of Object.keys(OWN_METRICS)) {
      metrics.set(name, new Map(OWN_METRICS[name]!.map((label) => [label, new Set<string>()])));
    }
    catalogue.set(job, metrics);
  }
  return catalogue;
}

function addSeries(
  metrics: Map<string, Values>,
  name: string,
  labels: Record<string, string>,
  job: string,
): void {
  const values = metrics.get(name) ?? new Map(TARGET_LABELS.map((label) => [label, new Set<string>()]));
  metrics.set(name, values);
  values.get('job')!.add(job);
  for (const [label, value] of Object.entries(labels)) {
    const kept = TARGET_LABELS.includes(label) ? `exported_${label}` : label;
    values.set(kept, (values.get(kept) ?? new Set()).add(value));
  }
}

/** The labels of the metric in all jobs that the matchers choose; undefined when none of them has it. */
export function findMetric(
  catalogue: Catalogue,
  name: string,
  matchers: readonly Matcher[],
): Values | undefined {
  const ofJob = matchers.filter(({ label }) => label === 'job');
  const found = [...catalogue]
    .filter(([job]) => ofJob.every((matcher) => accepts(matcher, job)))
    .flatMap(([, metrics]) => metrics.get(name) ?? []);
  if (found.length === 0) return undefined;
  const all: Values = new Map();
  for (const [label, values] of found.flatMap((one) => [...one])) {
    all.set(label, new Set([...(all.get(label) ?? []), ...values]));
  }
  return all;
}

/** Why a matcher chooses nothing: the metric has no such label, or was never seen with such a value. */
export function matcherProblem(metric: string, values: Values, matcher: Matcher): string | undefined {
  const { label, operator, value } = matcher;
  const seen = values.get(label);
  if (!seen) return `${metric} has no label ${label}`;
  if (OPEN_LABELS.has(label)) return undefined;
  // Of a|b|c each must be there: one with a slip in it would go unnoticed beside the others.
  const wanted = operator.endsWith('~') && !/[()[\]\\]/.test(value) ? value.split('|') : [value];
  const positive = operator.endsWith('~') ? '=~' : '=';
  const missing = wanted.filter(
    (one) => ![...seen].some((each) => accepts({ label, operator: positive, value: one }, each)),
  );
  return missing.length > 0 ? `${metric} was never seen with ${label}="${missing.join(', ')}"` : undefined;
}

function accepts({ operator, value }: Matcher, actual: string): boolean {
  if (operator === '=') return actual === value;
  if (operator === '!=') return actual !== value;
  return new RegExp(`^(?:${value})$`).test(actual) === (operator === '=~');
}
