import { once } from 'node:events';
import { request } from 'node:http';

export interface HeldRequest {
  /** Sends the body and answers with the reply. */
  finish(): Promise<{ status: number; text: string }>;
}

/**
 * A POST whose headers the server has taken (it said 100 Continue) and whose body is still to come: a request that
 * is in flight for certain, however fast the machine is.
 */
export async function holdRequest(url: string, body: string): Promise<HeldRequest> {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    expect: '100-continue',
  };
  const sent = request(url, { method: 'POST', headers, agent: false });
  const failed = new Promise<never>((_, reject) => sent.on('error', reject));
  failed.catch(() => {}); // reported by whoever waits
  sent.flushHeaders();
  await Promise.race([once(sent, 'continue'), failed]);
  return {
    async finish() {
      const replied = once(sent, 'response');
      sent.end(body);
      const [reply] = await Promise.race([replied, failed]);
      let text = '';
      for await (const chunk of reply.setEncoding('utf8')) text += chunk;
      return { status: reply.statusCode, text };
    },
  };
}
