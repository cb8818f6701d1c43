import { styleText } from 'node:util';
import { type DevSettings, reachable } from './settings.ts';

/** What the fast path says about itself on /status. */
async function fastpathMode({ host, ports }: DevSettings): Promise<string> {
  const response = await fetch(`http://${reachable(host)}:${ports.FASTPATH_HTTP_PORT}/status`);
  const { mode, mode_reason } = (await response.json()) as { mode: string; mode_reason: string };
  return `${mode.replace('MODE_', '').toLowerCase()} (${mode_reason})`;
}

export function webuiUrl({ host, ports }: DevSettings): string {
  return `http://${host === '127.0.0.1' ? 'localhost' : reachable(host)}:${ports.WEBUI_PORT}`;
}

/** What to open and how to get in; `database` as describeDatabase() puts it. */
export async function banner(settings: DevSettings, database: string, seconds: number): Promise<string> {
  const { admin, dataTargets, host, ports, traffic } = settings;
  const rows = [
    ['Open', styleText(['bold', 'underline'], webuiUrl(settings))],
    ['Login', `${admin.email} / ${admin.password}`],
    [
      'API docs',
      `http://${host === '127.0.0.1' ? 'localhost' : reachable(host)}:${ports.API_PORT}/api/v1/docs`,
    ],
    ['Database', database],
    ['Fast path', await fastpathMode(settings)],
    [
      'Data plane',
      `UDP ${dataTargets.join(' and ')}${traffic ? ', demo traffic on (DEV_TRAFFIC=off stops it)' : ''}`,
    ],
    ['Stop', 'Ctrl-C'],
  ];
  const lines = rows.map(([name, value]) => `  ${styleText('dim', name!.padEnd(11))}${value}`);
  return [
    '',
    `  ${styleText(['bold', 'yellow'], 'Tripod is ready')} after ${seconds.toFixed(1)} s`,
    ...lines,
    '',
  ].join('\n');
}
