import type { Cluster } from './cluster.ts';
import { hasRestarted, isFine, type Pod, stateOf } from './pods.ts';

const LOG_LINES = 30;
const EVENTS = 20;
/** One cause stops many pods alike: a few logs tell it. */
const PODS = 6;

/** Says what helps to find out why a deployment does not get ready: pods, events, logs. Never fails itself. */
export async function diagnose(cluster: Cluster, say: (line: string) => void): Promise<void> {
  const show = async (title: string, args: string[], lines: number) => {
    const { stdout, stderr } = await cluster.run(args);
    const said = (stdout || stderr).trim();
    say(`\n--- ${title}`);
    for (const line of said.split('\n').slice(-lines)) say(line);
  };
  await show('pods', ['get', 'pods', '--output=wide'], 100);
  const events = ['get', 'events', '--field-selector=type=Warning', '--sort-by=.lastTimestamp'];
  await show('last warnings', events, EVENTS);
  for (const pod of (await podsOf(cluster)).filter((one) => !isFine(one)).slice(0, PODS)) {
    const { name } = pod.metadata;
    const log = ['logs', name, '--all-containers', '--prefix', `--tail=${LOG_LINES}`];
    await show(stateOf(pod), log, LOG_LINES);
    if (hasRestarted(pod)) await show(`${name}, before its last restart`, [...log, '--previous'], LOG_LINES);
  }
}

async function podsOf(cluster: Cluster): Promise<Pod[]> {
  const { code, stdout } = await cluster.run(['get', 'pods', '--output=json']);
  return code === 0 ? (JSON.parse(stdout) as { items: Pod[] }).items : [];
}
