import { parseRedisUrl, type RedisConfig } from '../redis/redis-config.ts';

/** The Redis under test, when there is one: TEST_REDIS_URL=redis://… Tests must not empty it: others use it too. */
export function testRedis(): RedisConfig | undefined {
  const url = process.env.TEST_REDIS_URL;
  return url ? parseRedisUrl(url) : undefined;
}
