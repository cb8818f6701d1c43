// Builds the addon and its BPF objects: `node build.ts`. See src/build/main.ts for options.
import { main } from './src/build/main.ts';

export { build, buildBpf } from './src/build/build.ts';

if (import.meta.main) main(process.argv.slice(2));
