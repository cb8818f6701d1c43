import { createInterface } from 'node:readline/promises';
import { DeployProblem } from './problem.ts';

/** Asks in the terminal; YES=1 answers for somebody. @throws DeployProblem where there is nobody to ask. */
export async function confirm(what: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (env.YES === '1') {
    console.log(`${what} (YES=1)`);
    return true;
  }
  if (!process.stdin.isTTY) throw new DeployProblem(`${what}\nThere is no terminal to ask: say YES=1.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and Ctrl-D are a no.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(`${what} Go on? [y/N] `), closed]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
