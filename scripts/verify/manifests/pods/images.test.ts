import { expect, test } from 'vitest';
import { containerOf, expectFound, overlay, plant } from '../testing/planted.ts';
import { checkImages } from './images.ts';

const alpha = await overlay('alpha');
const image = (name: string) => (object: Parameters<typeof containerOf>[0]) =>
  Object.assign(containerOf(object), { image: name });

test.each([
  ['', 'image "" is none'],
  ['Tripod-API:1', 'image "Tripod-API:1" is none'],
  ['tripod-api:', 'image "tripod-api:" is none'],
  ['tripod-api', 'has neither tag nor digest'],
  ['registry.example.com:5000/tripod-api', 'has neither tag nor digest'],
  ['postgres:latest', 'is whatever is the latest'],
  ['tripod-api:0.0.9', 'is not of version'],
])('%s', (name, problem) => {
  expectFound(checkImages, alpha, 'Deployment api', image(name), problem);
});

test('a digest says which one it is', () => {
  const pinned = image(`registry.example.com:5000/team/tripod-api@sha256:${'0'.repeat(64)}`);
  expect(checkImages(plant(alpha, 'Deployment api', pinned))).toEqual([]);
});

test('what was loaded into the cluster is not pulled', () => {
  const always = (object: Parameters<typeof containerOf>[0]) =>
    Object.assign(containerOf(object), { imagePullPolicy: 'Always' });
  expectFound(checkImages, alpha, 'Deployment api', always, 'imagePullPolicy is Always');
});
