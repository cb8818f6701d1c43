/** One server-sent event. */
export interface ServerEvent {
  event: string;
  id: string;
  data: string;
  /** Milliseconds on performance.now() when it arrived. */
  at: number;
}

export interface EventStream {
  status: number;
  headers: Headers;
  events: ServerEvent[];
  comments: string[];
  /** Resolves when the server ends the stream, rejects when it breaks. */
  ended: Promise<void>;
  close(): void;
}

/** Opens an event stream and collects it in the background. */
export async function openEvents(url: string, headers: Record<string, string>): Promise<EventStream> {
  const abort = new AbortController();
  const reply = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  });
  const stream: EventStream = {
    status: reply.status,
    headers: reply.headers,
    events: [],
    comments: [],
    ended: Promise.resolve(),
    close: () => abort.abort(),
  };
  stream.ended = collect(reply, stream);
  stream.ended.catch(() => {}); // a test that closes the stream need not look at the abort
  return stream;
}

async function collect(reply: Response, stream: EventStream): Promise<void> {
  let rest = '';
  for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split(/\r?\n\r?\n/);
    rest = blocks.pop()!;
    for (const block of blocks) take(block, stream);
  }
}

function take(block: string, stream: EventStream): void {
  const event: ServerEvent = { event: 'message', id: '', data: '', at: performance.now() };
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
    if (field === '') stream.comments.push(value!);
    else if (field === 'data') event.data += event.data ? `\n${value}` : value;
    else if (field === 'event') event.event = value!;
    else if (field === 'id') event.id = value!;
  }
  if (event.data) stream.events.push(event);
}
