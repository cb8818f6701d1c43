// The syntax of workflows and composite actions, as far as ours use it: what is not here is not allowed. A key that
// GitHub does not know makes it refuse the file, or is ignored, and both are only seen after a push.
import type { GithubFolder } from './files.ts';

/** Says what is wrong with the value; nothing when it is right. */
type Rule = (value: unknown, where: string) => string[];

const wrong = (where: string, what: string) => [`${where}: ${what}`];
const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text: Rule = (value, where) => (typeof value === 'string' && value ? [] : wrong(where, 'is no text'));
const scalar: Rule = (value, where) =>
  ['string', 'number', 'boolean'].includes(typeof value) ? [] : wrong(where, 'is no text, number or boolean');
const bool: Rule = (value, where) =>
  typeof value === 'boolean' ? [] : wrong(where, 'is neither true nor false');
const flag: Rule = (value, where) => either(bool, expression)(value, where);
const minutes: Rule = (value, where) =>
  Number.isInteger(value) && (value as number) > 0 ? [] : wrong(where, 'is no number of minutes');
const expression: Rule = (value, where) =>
  typeof value === 'string' && /^\$\{\{.*\}\}$/s.test(value) ? [] : wrong(where, 'is no expression');
const choice =
  (...allowed: string[]): Rule =>
  (value, where) =>
    allowed.includes(value as string) ? [] : wrong(where, `is ${value}, none of ${allowed.join(', ')}`);
const list =
  (rule: Rule): Rule =>
  (value, where) =>
    Array.isArray(value) && value.length > 0
      ? value.flatMap((item, index) => rule(item, `${where}[${index}]`))
      : wrong(where, 'is no list, or an empty one');
/** Of names that anybody may choose. */
const mapping =
  (rule: Rule): Rule =>
  (value, where) =>
    isMapping(value)
      ? Object.entries(value).flatMap(([key, item]) => rule(item, `${where}.${key}`))
      : wrong(where, 'is no mapping');
const either =
  (...rules: Rule[]): Rule =>
  (value, where) =>
    rules.some((rule) => rule(value, where).length === 0) ? [] : (rules[0] as Rule)(value, where);
const nothing: Rule = (value, where) => (value === null ? [] : wrong(where, 'has a value'));
/** Of these keys alone; those that end in ! must be there. */
const object = (keys: Record<string, Rule>): Rule => {
  const rules = Object.fromEntries(Object.entries(keys).map(([key, rule]) => [key.replace('!', ''), rule]));
  const required = Object.keys(keys).flatMap((key) => (key.endsWith('!') ? [key.slice(0, -1)] : []));
  return (value, where) => {
    if (!isMapping(value)) return wrong(where, 'is no mapping');
    return [
      ...required.filter((key) => !(key in value)).map((key) => `${where}: has no ${key}`),
      ...Object.entries(value).flatMap(([key, item]) =>
        Object.hasOwn(rules, key) ? rules[key]!(item, `${where}.${key}`) : [`${where}: unknown key ${key}`],
      ),
    ];
  };
};

const variables = mapping(scalar);
const access = choice('read', 'write', 'none');
const permissions = object({ contents: access, packages: access, 'id-token': choice('write', 'none') });
const concurrency = object({ 'group!': text, 'cancel-in-progress!': flag });
const step = (shell: 'shell!' | 'shell') => {
  const about = { id: text, name: text, if: text };
  return (value: unknown, where: string) =>
    isMapping(value) && 'run' in value
      ? object({
          ...about,
          'run!': text,
          [shell]: choice('bash'),
          env: variables,
          'working-directory': text,
        })(value, where)
      : object({ ...about, 'uses!': text, with: variables, env: variables })(value, where);
};
const container = { 'image!': text, env: variables, options: text };
const about = { name: text, if: text, needs: either(list(text), text), permissions };
const strategy = object({ 'fail-fast': bool, 'matrix!': mapping(either(list(scalar), expression)) });
const callingJob = object({
  ...about,
  strategy,
  'uses!': text,
  with: variables,
});
const runningJob = object({
  ...about,
  strategy,
  'runs-on!': choice('ubuntu-24.04', 'ubuntu-24.04-arm'),
  'timeout-minutes': minutes,
  environment: text,
  container: object(container),
  services: mapping(object(container)),
  env: variables,
  outputs: mapping(text),
  'steps!': list(step('shell')),
});
const job: Rule = (value, where) =>
  (isMapping(value) && 'uses' in value ? callingJob : runningJob)(value, where);

const branches = { branches: list(text), tags: list(text), paths: list(text) };
const called = object({
  inputs: mapping(
    object({
      'description!': text,
      'type!': choice('string', 'boolean', 'number'),
      required: bool,
      default: () => [],
    }),
  ),
});
const workflow = object({
  'name!': text,
  // What runs code of strangers with rights of ours (pull_request_target, workflow_run, …) is not here.
  'on!': object({
    push: object(branches),
    pull_request: either(nothing, object({ branches: list(text), paths: list(text) })),
    workflow_call: either(nothing, called),
    workflow_dispatch: nothing,
    schedule: list(object({ 'cron!': text })),
  }),
  'permissions!': permissions,
  concurrency,
  defaults: object({ 'run!': object({ 'shell!': choice('bash') }) }),
  env: variables,
  'jobs!': mapping(job),
});
const action = object({
  'name!': text,
  'description!': text,
  inputs: mapping(
    object({ 'description!': text, required: bool, default: (value, where) => text(value || 'x', where) }),
  ),
  outputs: mapping(object({ 'description!': text, 'value!': expression })),
  'runs!': object({ 'using!': choice('composite'), 'steps!': list(step('shell!')) }),
});
const dependabot = object({
  'version!': (value, where) => (value === 2 ? [] : wrong(where, 'is not 2')),
  'updates!': list(
    object({
      'package-ecosystem!': choice('github-actions', 'npm', 'docker'),
      'directories!': list(text),
      'schedule!': object({ 'interval!': choice('daily', 'weekly', 'monthly') }),
      cooldown: object({ 'default-days!': minutes }),
      groups: mapping(
        object({ patterns: list(text), 'update-types': list(choice('major', 'minor', 'patch')) }),
      ),
    }),
  ),
});

export function checkStructure(folder: GithubFolder): string[] {
  return [
    ...folder.workflows.flatMap(({ path, content }) => workflow(content, path)),
    ...folder.actions.flatMap(({ path, content }) => action(content, path)),
    ...dependabot(folder.dependabot.content, folder.dependabot.path),
  ];
}
