import { defineConfig } from '@playwright/test';
import { patient } from '../scripts/processes/patience.ts';

// One browser and one stack at a time: the machine is shared with the services under test.
export default defineConfig({
  testDir: 'e2e',
  outputDir: '../test-results/e2e',
  reporter: [['list'], ['json', { outputFile: '../test-results/e2e.json' }]],
  workers: 1,
  forbidOnly: true,
  // Ends by itself, with a report, before scripts/suites/suite.ts ends it.
  globalTimeout: 28 * 60_000,
  timeout: patient(90_000),
  expect: { timeout: patient(10_000) },
  use: {
    browserName: 'chromium',
    trace: 'retain-on-failure',
    video: 'off',
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
      ],
    },
  },
});
