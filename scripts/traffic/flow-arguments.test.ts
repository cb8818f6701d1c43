import { expect, test } from 'vitest';
import { parseFlow } from './flow-arguments.ts';

const TARGETS = ['127.0.0.1:7000', '[::1]:7000'];

test('a flow without a target goes to each', () => {
  expect(parseFlow('name=web,rate=50,size=10', TARGETS)).toMatchObject([
    { name: 'web@127.0.0.1:7000', target: '127.0.0.1:7000', rate: 50, size: 10 },
    { name: 'web@[::1]:7000', target: '[::1]:7000' },
  ]);
});

test('its own target, count, duration and port', () => {
  expect(parseFlow('name=a,target=[::1]:9,count=5,duration=2,src_port=4000', TARGETS)).toEqual([
    { name: 'a', target: '[::1]:9', rate: 100, size: undefined, count: 5, durationS: 2, srcPort: 4000 },
  ]);
});

test.each(['speed=1', 'rate=fast', 'rate='])('refuses %s', (text) => {
  expect(() => parseFlow(text, TARGETS)).toThrow('--flow');
});
