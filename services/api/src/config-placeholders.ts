/** In APP_ENV=production a secret that everybody can read in this repository protects nothing: refuse to start. */
export function placeholders(env: {
  APP_ENV: string;
  JWT_KEYS: readonly { secret: string }[];
  FASTPATH_SECRET?: string | undefined;
  ADMIN_EMAIL?: string | undefined;
  ADMIN_PASSWORD?: string | undefined;
}): string[] {
  const problems: string[] = [];
  if (!env.ADMIN_EMAIL !== !env.ADMIN_PASSWORD)
    problems.push('ADMIN_EMAIL: goes together with ADMIN_PASSWORD');
  if (env.APP_ENV !== 'production') return problems;
  const secrets = {
    JWT_KEYS: env.JWT_KEYS.map(({ secret }) => secret),
    FASTPATH_SECRET: [env.FASTPATH_SECRET ?? ''],
  };
  for (const [name, values] of Object.entries(secrets)) {
    if (values.some(isPlaceholder))
      problems.push(`${name}: is a development placeholder; make one with: openssl rand -hex 32`);
  }
  if (
    env.ADMIN_PASSWORD &&
    (env.ADMIN_PASSWORD.toLowerCase() === 'admin' || isPlaceholder(env.ADMIN_PASSWORD))
  ) {
    problems.push('ADMIN_PASSWORD: is the seed credential; choose another one');
  }
  return problems;
}

function isPlaceholder(value: string): boolean {
  return /development|change[\W_]?me/i.test(value);
}
