// Small charts of the shape of ours: a library, the services, an umbrella.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { OUR_SERVICES } from '../facts.ts';

const head = (name: string, more = '') => `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n${more}`;
const on = (...names: string[]) =>
  `dependencies:\n${names.map((name) => `  - { name: ${name}, version: 0.1.0, repository: "" }\n`).join('')}`;

const CONFIG_MAP = `{{ define "tripod-common.config" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Chart.Name }}
data:
  IMAGE: {{ .Values.image.digest | default .Values.image.tag | quote }}
  HOST: {{ (.Values.database).host | default "none" | quote }}
{{- end }}`;

const closed = (properties: object) => ({ type: 'object', additionalProperties: false, properties });
const text = { type: 'string' };
const SCHEMA = closed({
  // Helm itself puts these two in.
  global: { type: 'object' },
  'tripod-common': { type: 'object' },
  image: closed({ tag: text, digest: text }),
  networkPolicy: closed({ databasePeers: { type: 'array', items: { type: 'object' } } }),
  database: closed({ type: text, host: text, existingSecret: text }),
});
const VALUES = 'image: { tag: 0.1.0, digest: "" }\n';

export interface FixtureCharts extends Disposable {
  top: string;
  write(path: string, content: string): void;
}

export function writeCharts(): FixtureCharts {
  const top = mkdtempSync(join(tmpdir(), 'tripod-fixture-charts-'));
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), content);
  };
  const link = (chart: string, ...names: string[]) => {
    mkdirSync(join(top, chart, 'charts'), { recursive: true });
    for (const name of names) symlinkSync(`../../${name}`, join(top, chart, 'charts', name));
  };
  write('tripod-common/Chart.yaml', head('tripod-common', 'type: library\n'));
  write('tripod-common/templates/_config.tpl', CONFIG_MAP);
  for (const name of OUR_SERVICES) {
    write(`${name}/Chart.yaml`, head(name, on('tripod-common')));
    link(name, 'tripod-common');
    write(`${name}/values.yaml`, VALUES);
    write(`${name}/values.schema.json`, JSON.stringify(SCHEMA));
    write(`${name}/templates/config.yaml`, '{{ include "tripod-common.config" . }}\n');
  }
  write('tripod/Chart.yaml', head('tripod', on(...OUR_SERVICES)));
  link('tripod', ...OUR_SERVICES);
  write('tripod/values.yaml', 'api: { image: { tag: 0.1.0 } }\n');
  const services = Object.fromEntries(['global', ...OUR_SERVICES].map((name) => [name, {}]));
  write('tripod/values.schema.json', JSON.stringify(closed(services)));
  write('examples/beta.yaml', 'api: { database: { host: beta.example.com } }\n');
  return { top, write, [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true }) };
}
