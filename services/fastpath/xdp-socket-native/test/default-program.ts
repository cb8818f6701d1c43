import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { XdpProgram } from '../src/xdp-program.ts';

export const PACKAGE = fileURLToPath(new URL('../', import.meta.url));
export const PORT = 7000;

export const u16 = (value: number): Uint8Array => new Uint8Array(new Uint16Array([value]).buffer);

/** The program of this package that sends UDP to PORT to the socket of its queue. */
export const defaultProgram = (): XdpProgram =>
  new XdpProgram({
    file: join(PACKAGE, 'build/udp-to-xsk.bpf.o'),
    program: 'udp_to_xsk',
    constants: { port: u16(PORT) },
  });
