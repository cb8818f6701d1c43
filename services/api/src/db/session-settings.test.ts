import { expect, test } from 'vitest';
import { mysqlSettings } from './session-settings.ts';

test.each(['9.7.0', '11.8.6-MariaDB'])('%s: no wait for a lock is without an end', (version) => {
  const settings = mysqlSettings({ statementTimeoutMs: 1000 }, new Map([['version', version]])).join();
  expect(settings).toContain('session innodb_lock_wait_timeout = 5');
  expect(settings).toContain('session lock_wait_timeout = 5');
});
