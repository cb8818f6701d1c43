// node scripts/write-env-example.ts SERVICE: config/env/SERVICE.env.example from the service's config schema.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { envExample, type Field } from './environment/env-example.ts';
import { inRepository } from './repository.ts';

const [service] = process.argv.slice(2);
const config = ['src', 'server'].map((folder) => `services/${service}/${folder}/config.ts`);
const file = config.map(inRepository).find(existsSync);
if (!service || !file) {
  console.error(`Usage: node scripts/write-env-example.ts SERVICE  (none of ${config.join(', ')} exists)`);
  process.exit(2);
}
const { envSchema } = (await import(file)) as { envSchema: { shape: Record<string, Field> } };
mkdirSync(inRepository('config/env'), { recursive: true });
writeFileSync(inRepository(`config/env/${service}.env.example`), envExample(service, envSchema.shape));
