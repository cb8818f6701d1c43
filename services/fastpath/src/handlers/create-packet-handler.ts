import type { PacketHandler } from './packet-handler.ts';
import { Reflector } from './reflector.ts';

/** Called once in each data worker. Return your own handler here. */
export function createPacketHandler(): PacketHandler {
  return new Reflector();
}
