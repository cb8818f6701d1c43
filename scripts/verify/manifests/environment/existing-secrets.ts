const KEYS = {
  api: ['JWT_KEYS', 'ADMIN_EMAIL', 'ADMIN_PASSWORD'],
  fastpath: ['FASTPATH_SECRET'],
  database: ['DB_USER', 'DB_PASS', 'DATABASE_URL'],
  redis: ['REDIS_URL', 'REDIS_PASSWORD'],
  'database-ca': ['ca.crt'],
  'webui-tls': ['tls.crt', 'tls.key'],
};

/** Secrets that somebody else makes before, and the keys that each may have: docs/deploy.md. */
export const EXISTING_SECRETS: Record<string, readonly string[]> = {
  ...KEYS,
  // Names of somebody's own: k8s/helm/examples/production.yaml.
  'tripod-api': KEYS.api,
  'tripod-fastpath': KEYS.fastpath,
  'tripod-database': KEYS.database,
  'tripod-redis': KEYS.redis,
};

/** The same of ConfigMaps. */
export const EXISTING_CONFIG_MAPS: Record<string, readonly string[]> = { 'database-ca': ['ca.crt'] };
