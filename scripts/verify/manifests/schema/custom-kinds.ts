// The part of custom kinds that is used here. A type is one of the schema of Kubernetes; `?` after a name is optional.
import { isRecord, typeProblems } from './walk.ts';

type Shape = string | readonly [Shape] | { readonly [field: string]: Shape };

const LABELS = '{ [key: string]: string; }';

const HTTP_ROUTE: Shape = {
  parentRefs: [
    {
      name: 'string',
      'namespace?': 'string',
      'sectionName?': 'string',
      'port?': 'number',
      'group?': 'string',
      'kind?': 'string',
    },
  ],
  'hostnames?': 'Array<string>',
  rules: [
    {
      'matches?': [{ path: { type: 'string', value: 'string' } }],
      'timeouts?': { 'request?': 'string', 'backendRequest?': 'string' },
      backendRefs: [
        { name: 'string', port: 'number', 'weight?': 'number', 'group?': 'string', 'kind?': 'string' },
      ],
    },
  ],
};

const PROMETHEUS_RULE: Shape = {
  groups: [
    {
      name: 'string',
      'interval?': 'string',
      rules: [
        {
          'alert?': 'string',
          'record?': 'string',
          expr: 'string',
          'for?': 'string',
          'labels?': LABELS,
          'annotations?': LABELS,
        },
      ],
    },
  ],
};

const SERVICE_MONITOR: Shape = {
  selector: 'V1LabelSelector',
  'namespaceSelector?': { 'matchNames?': 'Array<string>' },
  endpoints: [
    {
      port: 'string',
      'path?': 'string',
      'interval?': 'string',
      'scrapeTimeout?': 'string',
      'relabelings?': [
        {
          'action?': 'string',
          'regex?': 'string',
          'replacement?': 'string',
          'sourceLabels?': 'Array<string>',
          'targetLabel?': 'string',
        },
      ],
    },
  ],
};

export const CUSTOM_KINDS: Record<string, Shape> = {
  HTTPRoute: HTTP_ROUTE,
  NetworkAttachmentDefinition: { config: 'string' },
  PrometheusRule: PROMETHEUS_RULE,
  ServiceMonitor: SERVICE_MONITOR,
};

export function shapeProblems(value: unknown, shape: Shape, path: string): string[] {
  if (typeof shape === 'string') return typeProblems(value, shape, { path, field: path, format: '' });
  if (isList(shape)) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((item, at) => shapeProblems(item, shape[0], `${path}[${at}]`));
  }
  if (!isRecord(value)) return [`${path} is no map`];
  const known = new Map(Object.entries(shape).map(([name, each]) => [name.replace(/\?$/, ''), each]));
  const missing = Object.keys(shape).filter((name) => !name.endsWith('?') && value[name] === undefined);
  return [
    ...missing.map((name) => `${path}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, item]) =>
      known.has(name)
        ? shapeProblems(item, known.get(name)!, `${path}.${name}`)
        : [`${path}.${name} is unknown`],
    ),
  ];
}

function isList(shape: Exclude<Shape, string>): shape is readonly [Shape] {
  return Array.isArray(shape);
}
