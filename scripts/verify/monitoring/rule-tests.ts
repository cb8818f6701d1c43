import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../../repository.ts';
import { alertsOf, COMPONENT, type Group } from './rules.ts';

export interface AlertCase {
  alertname: string;
  exp_alerts?: { exp_labels?: Record<string, string> }[];
}
interface TestFile {
  tests: { alert_rule_test?: AlertCase[] }[];
}

/** promtool's unit tests: kustomize does not look into that folder. */
export function ruleTestFiles(): string[] {
  const files = globSync(`${COMPONENT}/tests/*.yaml`, { cwd: repositoryRoot }).sort();
  return files.map((file) => join(repositoryRoot, file));
}

export function readAlertCases(): AlertCase[] {
  const files = ruleTestFiles().map((file) => parse(readFileSync(file, 'utf8')) as TestFile);
  return files.flatMap(({ tests }) => tests.flatMap(({ alert_rule_test: cases = [] }) => cases));
}

/** Alerts that no test sees firing, or silent; and annotations with a label that the firing alert does not have. */
export function untested(groups: readonly Group[], cases: readonly AlertCase[]): string[] {
  return alertsOf(groups).flatMap(({ alert, annotations = {} }) => {
    const own = cases.filter(({ alertname }) => alertname === alert);
    const fired = own.flatMap(({ exp_alerts: expected = [] }) => expected);
    const problems = [];
    if (fired.length === 0) problems.push('no test shows it firing');
    if (own.every(({ exp_alerts: expected = [] }) => expected.length > 0))
      problems.push('no test shows it silent');
    for (const [, label] of Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g)) {
      if (!fired.every(({ exp_labels: labels = {} }) => label! in labels))
        problems.push(`it has no label ${label}`);
    }
    return [...new Set(problems)].map((problem) => `${alert}: ${problem}`);
  });
}
