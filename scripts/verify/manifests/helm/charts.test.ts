import { expect, test } from 'vitest';
import { OUR_SERVICES } from '../facts.ts';
import { writeCharts } from '../testing/fixture-charts.ts';
import { casesOf } from './cases.ts';
import { checkRefusals, renderHelm } from './charts.ts';
import { checkValues } from './values.ts';

test('every chart is rendered, by itself and in the umbrella, with each example', async () => {
  using source = writeCharts();
  const cases = casesOf(source.top).slice(0, 3);
  const hosts = await Promise.all(
    cases.map(async (each) => {
      const { name, objects } = await renderHelm(source.top, each);
      return [name, ...objects.map(({ metadata, data }) => `${metadata.name} ${data.HOST}`).sort()];
    }),
  );
  const others = OUR_SERVICES.filter((name) => name !== 'api')
    .map((name) => `${name} none`)
    .sort();
  expect(hosts).toEqual([
    ['charts of the services, one by one', 'api database.example.com', ...others],
    ['chart tripod, default values', 'api database.example.com', ...others],
    ['chart tripod, examples/beta.yaml', 'api beta.example.com', ...others],
  ]);
});

test('a chart that no case has is told', () => {
  using source = writeCharts();
  source.write('stranger/Chart.yaml', 'name: stranger');
  expect(() => casesOf(source.top)).toThrow('the chart stranger is in no case');
});

test('an example that the table does not know is told', () => {
  using source = writeCharts();
  source.write('examples/staging.yaml', '');
  expect(() => casesOf(source.top)).toThrow('examples/staging.yaml is not in the table');
});

test('a chart that does not render is told', async () => {
  using source = writeCharts();
  source.write('webui/templates/broken.yaml', '{{ include "tripod-common.gone" . }}');
  await expect(renderHelm(source.top, casesOf(source.top)[0]!)).rejects.toThrow('tripod-common.gone');
});

test('what is not refused is told, and what is refused without a reason', async () => {
  using source = writeCharts();
  const refused = (says: string, ...set: string[]) => checkRefusals(source.top, [{ set, says }]);
  expect(await refused('tagg', 'api.image.tagg=1')).toEqual([]);
  expect(await refused('tag', 'api.image.tag=latest')).toEqual(['api.image.tag=latest is taken']);
  expect((await refused('digest', 'api.image.tagg=1')).join()).toContain('the refusal does not say digest');
});

test('schemas are closed, complete, and take no secrets', () => {
  using source = writeCharts();
  expect(checkValues(source.top)).toEqual([]);
  const properties = {
    image: { type: 'object', properties: { tag: {}, digest: {} } },
    password: { type: 'string' },
  };
  source.write('webui/values.schema.json', JSON.stringify({ additionalProperties: false, properties }));
  source.write('webui/values.yaml', 'image: { tag: 1, digest: "" }\nreplicas: 1\n');
  source.write(
    'api/values.schema.json',
    JSON.stringify({ properties: { image: { type: 'object', additionalProperties: {} } } }),
  );
  expect(checkValues(source.top)).toEqual([
    'chart api: it takes any key in the values',
    'chart webui: it takes any key in image',
    'chart webui: password would take a secret',
    'chart webui: replicas is a value, and not in the schema',
    'chart webui: replicas is a value that no template reads',
  ]);
});
