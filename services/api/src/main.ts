import { ConfigError, readConfig } from './config.ts';
import { createContext } from './context.ts';
import { endOnSignal } from './drain.ts';
import { createLogger } from './logger.ts';
import { startServer } from './server.ts';
import { prepare } from './startup.ts';

const serving = endOnSignal();
try {
  // 1. config
  const config = readConfig();
  // 2. context
  const ctx = createContext(config);
  // 3. server
  await prepare(ctx);
  const server = await startServer(ctx);
  // 4. drain: the first signal, in order; the second, at once
  const stop = async (signal: string) => {
    for (const name of ['SIGTERM', 'SIGINT']) process.removeAllListeners(name);
    ctx.log.info({ signal }, 'stopping');
    await server.stop();
    ctx.log.info('stopped');
  };
  serving();
  process.once('SIGTERM', stop).once('SIGINT', stop);
  ctx.log.info({ listen: server.listen }, 'ready');
} catch (error) {
  const expected = error instanceof ConfigError;
  createLogger('info').fatal(
    { ...(!expected && { err: error }) },
    `cannot start: ${(error as Error).message}`,
  );
  process.exit(1);
}
