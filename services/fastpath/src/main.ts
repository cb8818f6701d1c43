import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { closeOnSignal } from './drain.ts';
import { AppError } from './errors.ts';
import { createLogger } from './log.ts';
import { startServer } from './server.ts';

try {
  const config = readConfig();
  const context = await createContext(config);
  process.on('uncaughtExceptionMonitor', (error) => context.log.fatal({ err: error }, 'uncaught exception'));
  const server = await startServer(context);
  // Before "ready": who reads that line may signal at once.
  closeOnSignal(server, context.log);
  context.log.info(
    { listen: server.listen, mode: context.plane.port.mode, reason: context.plane.port.reason },
    'ready',
  );
} catch (error) {
  const log = createLogger('info');
  // What the operator can mend is one line; a stack is for what nobody expected.
  if (error instanceof AppError) log.fatal({ code: error.code }, error.message);
  else log.fatal({ err: error }, 'start failed');
  process.exitCode = 1;
}
