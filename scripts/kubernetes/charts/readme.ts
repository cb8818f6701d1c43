import type { ChartValue, ValuesFile } from './values.ts';

/** In letters: a longer one would make every row as wide as itself. */
const LONGEST_DEFAULT = 40;

export interface Chart {
  name: string;
  description: string;
  dependencies: { name: string; condition?: string }[];
}

/** The README of a chart: how to install it, and a table of its values. */
export function readme(chart: Chart, { introduction, values }: ValuesFile): string {
  return `# Chart ${chart.name}

${chart.description}. It needs Kubernetes 1.32 and Helm 3.10, or newer, and [what has to be there
before](../../../docs/deploy.md#production-helm).

\`\`\`sh
helm upgrade --install tripod k8s/helm/${chart.name} --namespace tripod --values my-values.yaml --wait --timeout 15m
helm test tripod --namespace tripod --logs
\`\`\`

${[introduction, links(chart), 'Examples are in [examples](../examples).'].filter(Boolean).join(' ')}

Generated from values.yaml by \`make generate\`; do not edit.

| value | default | what it is |
| ----- | ------- | ---------- |
${values.map(row).join('\n')}
`;
}

/** To the charts that are in it, and can be installed by themselves. */
function links({ dependencies }: Chart): string {
  const parts = dependencies.filter(({ condition }) => condition);
  if (parts.length === 0) return '';
  return `What they are: ${parts.map(({ name }) => `[${name}](../${name}/README.md)`).join(', ')}.`;
}

function row({ path, default: value, comment }: ChartValue): string {
  const text = JSON.stringify(value);
  const shown = text.length > LONGEST_DEFAULT ? 'see [values.yaml](values.yaml)' : code(text);
  return `| \`${path}\` | ${inTable(shown)} | ${inTable(prose(comment))} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Outside of code a table of Markdown takes <, * and _ for its own. */
function prose(text: string): string {
  const parts = text.split('`');
  return parts.map((part, at) => (at % 2 === 0 ? part.replace(/[<*_]/g, '\\$&') : part)).join('`');
}

function inTable(text: string): string {
  return text.replaceAll('|', '\\|');
}
