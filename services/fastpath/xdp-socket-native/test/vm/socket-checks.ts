// Runs inside of an emulated machine: which modes of AF_XDP its network card has. VM_ZERO_COPY=yes|no says what to expect.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  BufferPool,
  openXdpSocket,
  XdpProgram,
  type XdpSocket,
  type XdpSocketOptions,
} from '../../src/index.ts';

const CARD = 'card';
const ZERO_COPY = process.env.VM_ZERO_COPY === 'yes';

/** Opens a socket on queue 0 beside an attached program, looks at it, and closes everything. */
async function withSocket(
  options: Pick<XdpSocketOptions, 'copyMode'>,
  look: (socket: XdpSocket) => void,
): Promise<void> {
  const port = new Uint8Array(new Uint16Array([7000]).buffer);
  const file = new URL('../../build/udp-to-xsk.bpf.o', import.meta.url);
  const program = new XdpProgram({ file, program: 'udp_to_xsk', constants: { port } });
  const pool = new BufferPool({ slots: 4096, slotSize: 4096, numaNode: 1 });
  try {
    assert.equal(program.attach({ interface: CARD }).mode, 'native');
    const socket = await openXdpSocket({ pool, interface: CARD, queue: 0, ...options }, { retryMs: 10_000 });
    try {
      program.setSocket('xsks', 0, socket);
      look(socket);
    } finally {
      socket.close();
    }
  } finally {
    program.close();
    pool.close();
  }
}

suite('socket', () => {
  test(`copy mode auto: zero-copy ${ZERO_COPY ? 'is' : 'is not'} in force, as the kernel reports it`, async () => {
    await withSocket({ copyMode: 'auto' }, (socket) => assert.equal(socket.zeroCopy, ZERO_COPY));
  });

  test('copy mode copy: no zero-copy', async () => {
    await withSocket({ copyMode: 'copy' }, (socket) => assert.equal(socket.zeroCopy, false));
  });

  if (ZERO_COPY) {
    test('zero-copy asked for: in force', async () => {
      await withSocket({ copyMode: 'zero-copy' }, (socket) => assert.equal(socket.zeroCopy, true));
    });
  } else {
    test('zero-copy asked for: refused with EOPNOTSUPP and what to do', async () => {
      await assert.rejects(
        withSocket({ copyMode: 'zero-copy' }, () => {}),
        { code: 'EOPNOTSUPP', message: /zero-copy/ },
      );
    });
  }
});
