import { run } from './run-command.ts';

const SOURCES = ['services', 'scripts', 'tests', 'proto', 'docs', 'config', 'k8s', '.github'];
/** What may be ignored between the sources: installed packages, the browser bundle, the addon, a developer's own environment. */
const NO_SOURCE =
  /(^|\/)node_modules\/|^services\/webui\/dist\/|^services\/fastpath\/(xdp-socket-native\/)?(build|dist)\/|(^|\/)\.env(\.local)?$/;

/** Fails on a file beside the sources that .gitignore hides, generated ones included: the next clone would miss it. */
export async function checkIgnoredFiles(): Promise<void> {
  const files = await run('git', 'ls-files', '-z', '-oi', '--exclude-standard', '--', ...SOURCES);
  const ignored = files.split('\0').filter((file) => file && !NO_SOURCE.test(file));
  if (ignored.length > 0)
    throw new Error(`ignored by git: name folders from the root\n${ignored.join('\n')}`);
}
