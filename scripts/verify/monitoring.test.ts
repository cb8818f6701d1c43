import { expect, test } from 'vitest';
import { checkMonitoring } from './monitoring.ts';

test('the component passes its check, and is not empty', async () => {
  expect(await checkMonitoring()).toMatch(/^[1-9]\d+ alerts, [1-9]\d+ queries$/);
});
