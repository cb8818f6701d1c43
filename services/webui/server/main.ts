import { readConfig, StartError } from './config.ts';
import { createContext, createLogger } from './context.ts';
import { shutdownSignal } from './drain.ts';
import { startServer } from './server.ts';

let log = createLogger('info');
process.on('uncaughtExceptionMonitor', (err) => log.fatal({ err }, 'uncaught exception'));
try {
  const config = readConfig();
  const context = createContext(config);
  log = context.log;
  const server = await startServer(context);
  // Before "ready": who reads that line may signal at once.
  const signalled = shutdownSignal();
  log.info({ listen: server.listen }, 'ready');
  const signal = await signalled;
  log.info({ signal }, 'shutting down');
  await server.shutdown();
  log.info('stopped');
} catch (error) {
  log.fatal(error instanceof StartError ? {} : { err: error }, (error as Error).message);
  process.exitCode = 1;
}
