import type { Config } from '../config.ts';

/** What a port is made from. */
export type PortConfig = Pick<
  Config,
  'mode' | 'dataPort' | 'dataHosts' | 'workers' | 'maxRules' | 'flowTableSize' | 'xdp'
>;
