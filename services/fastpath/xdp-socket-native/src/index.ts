export { BufferPool, type BufferPoolOptions, type BufferPoolStats } from './buffer-pool.ts';
export type { Problem } from './build/problem.ts';
export { isXdpError, type XdpError } from './errors.ts';
export { AddonMissingError, type LoadStatus, loadStatus } from './native.ts';
export type { Addresses, UdpExchangeCounters, XdpSocketStats } from './native-addon.ts';
export { type OpenOptions, openXdpSocket } from './open-xdp-socket.ts';
export { type ProbeReport, probe } from './probe/probe.ts';
export { currentCpu, setThreadAffinity, threadAffinity } from './thread.ts';
export { NO_REPLY, UdpExchange, type UdpExchangeOptions } from './udp-exchange.ts';
export {
  type Attachment,
  type AttachOptions,
  type InnerMap,
  type Ring,
  XdpProgram,
  type XdpProgramOptions,
} from './xdp-program.ts';
export { XdpSocket, type XdpSocketOptions } from './xdp-socket.ts';
