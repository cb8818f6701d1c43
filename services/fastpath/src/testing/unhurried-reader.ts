import { once } from 'node:events';
import { type ClientHttp2Stream, connect } from 'node:http2';
import type { MethodDefinition } from '@grpc/grpc-js';

const FRAME_HEADER = 5; // compressed flag, then the length of the message

/**
 * Calls a streaming method and takes nothing of its answer until the messages are read. The client of grpc-js cannot
 * do that: while its stream is paused it goes on reading, into memory.
 */
export async function openUnhurriedReader<Request, Message>(
  address: string,
  method: MethodDefinition<Request, Message>,
  token: string,
  request: Request,
): Promise<{ messages(): AsyncGenerator<Message>; close(): void }> {
  const session = connect(`http://${address}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': method.path,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: token,
  });
  const body = method.requestSerialize(request);
  const header = Buffer.alloc(FRAME_HEADER);
  header.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([header, body]));
  await once(stream, 'response');
  return { messages: () => messages(stream, method), close: () => session.destroy() };
}

async function* messages<Message>(
  stream: ClientHttp2Stream,
  { responseDeserialize }: Pick<MethodDefinition<unknown, Message>, 'responseDeserialize'>,
): AsyncGenerator<Message> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= FRAME_HEADER && rest.length >= FRAME_HEADER + rest.readUInt32BE(1)) {
      const end = FRAME_HEADER + rest.readUInt32BE(1);
      yield responseDeserialize(rest.subarray(FRAME_HEADER, end));
      rest = rest.subarray(end);
    }
  }
}
