import { findKubectl } from '../kubernetes/tools.ts';
import { type CommandOptions, mustRun, type Outcome, runCommand } from './command.ts';
import { DeployProblem } from './problem.ts';

/** kubectl on one context. Each call names it: somebody may change the current context while this runs. */
export interface Cluster {
  readonly context: string;
  /** What kubectl prints. @throws DeployProblem with what it says when it fails. */
  ask(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** For commands whose failure is an answer. */
  run(args: readonly string[], options?: CommandOptions): Promise<Outcome>;
  /** The same with `--namespace`, for questions: a manifest's objects name theirs. */
  within(namespace: string): Cluster;
  /** The program and its first arguments, for processes that stay. */
  command(...args: string[]): [program: string, args: string[]];
}

/** The cluster of this context; it must be in the kubeconfig. */
export async function openCluster(context: string): Promise<Cluster> {
  const program = await findKubectl();
  const known = (await mustRun(program, ['config', 'get-contexts', '--output=name']))
    .split('\n')
    .filter(Boolean);
  if (!known.includes(context)) {
    throw new DeployProblem(
      `kubectl knows no context "${context}". It knows: ${known.join(', ') || 'none'}.`,
    );
  }
  return clusterOf(program, context, []);
}

/** The context that kubectl uses by itself. */
export async function currentContext(): Promise<string> {
  const { code, stdout } = await runCommand(await findKubectl(), ['config', 'current-context']);
  const context = stdout.trim();
  if (code === 0 && context) return context;
  throw new DeployProblem(
    'kubectl has no current context. Start a local cluster (for example: kind create cluster) or name one: CONTEXT=…',
  );
}

function clusterOf(program: string, context: string, flags: readonly string[]): Cluster {
  const all = (args: readonly string[]) => ['--context', context, ...flags, ...args];
  return {
    context,
    ask: (args, options) => mustRun(program, all(args), options),
    run: (args, options) => runCommand(program, all(args), options),
    within: (namespace) => clusterOf(program, context, ['--namespace', namespace]),
    command: (...args) => [program, all(args)],
  };
}
