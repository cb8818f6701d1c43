import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Cluster } from './cluster.ts';
import { DeployProblem } from './problem.ts';

export interface PortForward extends AsyncDisposable {
  /** `127.0.0.1:<port>` for each port asked for, in order. */
  addresses: string[];
}

/** Free local ports that lead to these ports of a Service, until it is disposed of. */
export async function forwardPorts(
  cluster: Cluster,
  service: string,
  ports: readonly number[],
): Promise<PortForward> {
  const wanted = ports.map((port) => `:${port}`);
  const [program, args] = cluster.command(
    'port-forward',
    '--address=127.0.0.1',
    `service/${service}`,
    ...wanted,
  );
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill();
  // A command that fails elsewhere leaves none behind.
  process.once('exit', kill);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    process.off('exit', kill);
    kill();
    await closed;
  };
  try {
    const addresses = await listening(child, ports.length);
    return { addresses, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw new DeployProblem(`kubectl port-forward to service/${service} fails: ${(error as Error).message}`);
  }
}

/** kubectl names each local port once it listens, in the order of the ports. */
function listening(child: ReturnType<typeof spawn>, count: number): Promise<string[]> {
  const found: string[] = [];
  const errors: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [, address] = /^Forwarding from (127\.0\.0\.1:\d+) ->/.exec(line) ?? [];
      if (address) found.push(address);
      if (found.length === count) resolve(found);
    });
    createInterface({ input: child.stderr! }).on('line', (line) => errors.push(line));
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(errors.join('\n') || `it ended with exit code ${code}`)));
  });
}
