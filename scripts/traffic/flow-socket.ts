import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { formatTarget, type Target } from './target.ts';

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const SEQUENCE_BYTES = 4;

export interface FlowReport {
  name: string;
  target: string;
  src_port: number;
  /** Datagrams handed to the kernel without an error, and their payload bytes. */
  sent: number;
  bytes: number;
  /** Datagrams that came back from the target, and their payload bytes. */
  received: number;
  received_bytes: number;
  send_errors: number;
  /** Each datagram of 4 bytes or more carries its number: the next one's, and the highest that came back (-1: none). */
  next_number: number;
  newest_reply: number;
}

/**
 * The socket of one flow. It is not connected: then a closed port at the target cannot turn into send errors here
 * (ECONNREFUSED swallows the datagram that reports it), and every datagram sent is really on the wire.
 */
export class FlowSocket {
  lastReceivedMs = 0;
  readonly report: FlowReport;
  private readonly socket: Socket;
  private readonly target: Target;
  private readonly payload: Buffer;
  private pending = 0;

  private constructor(name: string, target: Target, size: number, socket: Socket) {
    this.target = target;
    this.payload = Buffer.alloc(size, 'tripod ');
    this.socket = socket;
    this.report = {
      name,
      target: formatTarget(target),
      src_port: socket.address().port,
      sent: 0,
      bytes: 0,
      received: 0,
      received_bytes: 0,
      send_errors: 0,
      next_number: 0,
      newest_reply: -1,
    };
    socket.on('message', (message, from) => this.receive(message, from));
    // An error that belongs to no send call, e.g. an ICMP report; the counters tell what got lost.
    socket.on('error', () => {
      this.report.send_errors++;
    });
  }

  /** Binds the source port (0 = any free one); rejects when it is taken. */
  static async open(name: string, target: Target, size: number, srcPort: number): Promise<FlowSocket> {
    const socket = createSocket({
      type: target.family === 6 ? 'udp6' : 'udp4',
      ipv6Only: target.family === 6,
    });
    socket.bind(srcPort, target.family === 6 ? '::' : '0.0.0.0');
    await once(socket, 'listening');
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    return new FlowSocket(name, target, size, socket);
  }

  send(): void {
    // Each datagram needs bytes of its own: the kernel may take them after this call has returned.
    const payload = Buffer.from(this.payload);
    const number = this.report.next_number++;
    if (payload.length >= SEQUENCE_BYTES) payload.writeUInt32BE(number >>> 0);
    this.pending++;
    this.socket.send(payload, this.target.port, this.target.address, (error) => {
      this.pending--;
      if (error) {
        this.report.send_errors++;
      } else {
        this.report.sent++;
        this.report.bytes += payload.length;
      }
    });
  }

  /** True when every datagram is with the kernel and all, or for `silenceMs` no more, replies came. */
  settled(nowMs: number, silenceMs: number): boolean {
    if (this.pending > 0) return false;
    return this.report.received >= this.report.sent || nowMs - this.lastReceivedMs >= silenceMs;
  }

  async close(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }

  private receive(message: Buffer, from: RemoteInfo): void {
    if (from.port !== this.target.port || from.address !== this.target.address) return;
    this.report.received++;
    this.report.received_bytes += message.length;
    if (message.length >= SEQUENCE_BYTES)
      this.report.newest_reply = Math.max(this.report.newest_reply, message.readUInt32BE());
    this.lastReceivedMs = performance.now();
  }
}
