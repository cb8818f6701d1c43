// Builds what needs building: the browser bundle. The services run from source.
import { buildWebui } from './processes/webui-build.ts';

console.log(`services/webui/dist: ${await buildWebui()}`);
