// Sends UDP flows and counts what comes back: node scripts/traffic.ts --help
import { parseArgs } from 'node:util';
import { demoFlows } from './traffic/demo-flows.ts';
import { parseFlow } from './traffic/flow-arguments.ts';
import { createTrafficSender, type TrafficReport } from './traffic/traffic-sender.ts';

const HELP = `Usage: node scripts/traffic.ts [--target HOST:PORT]... [--flow KEY=VALUE,...]... [--duration S] [--json]
  --target        where to send, e.g. 127.0.0.1:7000 or [::1]:7000; several allowed
                  (default: both, with DATA_PORT or 7000)
  --flow          name=,rate= (packets/s),size= (payload bytes),count=,duration= (s),target=,src_port=
                  several allowed; without target= it goes to every target (default: four gentle demo flows)
  --duration      seconds for flows that have neither count nor duration (default: until Ctrl-C)
  --json          print nothing but one JSON report at the end
  --allow-remote  also send to addresses that are not this machine`;

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    flow: { type: 'string', multiple: true },
    duration: { type: 'string' },
    json: { type: 'boolean', default: false },
    'allow-remote': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(HELP);
  const port = process.env.DATA_PORT ?? '7000';
  const targets = values.target ?? [`127.0.0.1:${port}`, `[::1]:${port}`];
  const durationS = values.duration === undefined ? undefined : Number(values.duration);
  const flows = values.flow?.flatMap((text) => parseFlow(text, targets)) ?? demoFlows(targets);
  for (const flow of flows) if (flow.count === undefined) flow.durationS ??= durationS;

  const sender = await createTrafficSender({ flows, allowRemote: values['allow-remote'] });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sender.stop());
  const live = values.json ? undefined : setInterval(() => console.log(liveLine(sender.report())), 1000);
  sender.start();
  const report = await sender.done;
  clearInterval(live);
  console.log(values.json ? JSON.stringify(report) : finalTable(report));
}

function liveLine({ elapsed_s, flows }: TrafficReport): string {
  const parts = flows.map((flow) => `${flow.name} ${flow.sent}→${flow.received}`);
  return `${elapsed_s.toFixed(0).padStart(4)} s  sent→received  ${parts.join('  ')}`;
}

function finalTable({ elapsed_s, sent, received, flows }: TrafficReport): string {
  const lines = flows.map((flow) => {
    const lost = flow.sent - flow.received;
    return `${flow.name} to ${flow.target} from port ${flow.src_port}: sent ${flow.sent}, received ${flow.received}, no reply ${lost}`;
  });
  return [...lines, `${elapsed_s} s: sent ${sent}, received ${received}`].join('\n');
}

main().catch((error: Error) => {
  console.error(`traffic: ${error.message}`);
  process.exitCode = 1;
});
