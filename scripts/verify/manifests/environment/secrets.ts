import { nameOf } from '../../../kubernetes/object.ts';
import { OUR_SERVICES } from '../facts.ts';
import { ofKind, type Rendering } from '../rendering.ts';
import { eachContainer } from '../workloads.ts';
import { variablesOfService } from './env-example.ts';
import { EXISTING_SECRETS } from './existing-secrets.ts';
import { secretData, settingsOf } from './variables.ts';

/** What opens something; the user of a database is no secret by itself. */
const PASSWORDS = ['JWT_KEYS', 'FASTPATH_SECRET', 'DB_PASS', 'REDIS_PASSWORD'];

/** Secrets come from Secrets, real ones from outside; those in the repository are for development, and say so. */
export function checkSecrets(rendering: Rendering): string[] {
  const secrets = secretVariables();
  const wanted = rendering.existingSecrets ? 'production' : 'alpha';
  return [
    ...eachContainer(rendering, (container) => {
      const env = settingsOf(rendering, container).find(({ name }) => name === 'APP_ENV');
      return [
        ...(container.env ?? [])
          .filter(({ name, value }) => value && secrets.has(name))
          .map(({ name }) => `${name} is a secret, and stands in the manifest`),
        ...(env === undefined || env.value === wanted ? [] : [`APP_ENV is ${env.value} and not ${wanted}`]),
      ];
    }),
    ...ofKind(rendering, 'ConfigMap').flatMap((object) =>
      Object.keys(object.data ?? {})
        .filter((key) => secrets.has(key))
        .map((key) => `${nameOf(object)}: ${key} is a secret`),
    ),
    ...(rendering.existingSecrets ? madeSecrets(rendering) : developmentSecrets(rendering)),
  ];
}

function secretVariables(): ReadonlySet<string> {
  const all = OUR_SERVICES.flatMap((service) => [...variablesOfService(service)]);
  return new Set([...all.filter(([, { secret }]) => secret).map(([name]) => name), ...PASSWORDS]);
}

function madeSecrets(rendering: Rendering): string[] {
  return ofKind(rendering, 'Secret').map((secret) => `${nameOf(secret)} is in it: it must come from outside`);
}

function developmentSecrets(rendering: Rendering): string[] {
  return ofKind(rendering, 'Secret').flatMap((secret) => {
    const data = secretData(secret);
    const allowed = EXISTING_SECRETS[secret.metadata.name.replace(/-[0-9a-z]{10}$/, '')] ?? [];
    return [
      ...Object.keys(data)
        .filter((key) => !allowed.includes(key))
        .map((key) => `${key} is none of its keys`),
      ...PASSWORDS.filter((key) => data[key] && !data[key].includes('development')).map(
        (key) => `${key} does not say that it is for development`,
      ),
    ].map((problem) => `${nameOf(secret)}: ${problem}`);
  });
}
