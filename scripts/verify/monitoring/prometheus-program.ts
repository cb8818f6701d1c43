import { findProgram } from '../../debian/program.ts';

/** The path of a program of Prometheus. */
export function findPrometheus(name: 'prometheus' | 'promtool'): Promise<string> {
  return findProgram({
    name,
    package: 'prometheus',
    suite: 'bookworm',
    missing: `${name} is missing: install Prometheus, or put its ${name} into the PATH`,
  });
}
