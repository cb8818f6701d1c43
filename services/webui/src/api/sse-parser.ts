/** One server-sent event (WHATWG HTML, "Server-sent events"). */
export interface ServerSentEvent {
  event: string;
  data: string;
  id: string;
}

/**
 * Reads an event stream piece by piece: pieces may end anywhere, also between CR and LF. Comments and the field
 * `retry` are skipped. Returns a function that takes the next piece of text and gives back the events it completes.
 */
export function createSseParser(): (text: string) => ServerSentEvent[] {
  let buffer = '';
  let started = false;
  let event = '';
  let data: string[] = [];
  let id = '';

  function takeField(line: string): void {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\0')) id = value;
  }

  function takeLine(line: string, into: ServerSentEvent[]): void {
    if (line !== '') {
      takeField(line);
      return;
    }
    if (data.length > 0) into.push({ event: event || 'message', data: data.join('\n'), id });
    event = '';
    data = [];
  }

  return (text) => {
    buffer += text;
    if (!started && buffer !== '') {
      buffer = buffer.replace(/^\uFEFF/, '');
      started = true;
    }
    const events: ServerSentEvent[] = [];
    for (;;) {
      const end = buffer.search(/[\r\n]/);
      // A CR at the very end may be half of a CRLF: wait for what follows.
      if (end === -1 || (buffer[end] === '\r' && end === buffer.length - 1)) return events;
      const width = buffer.startsWith('\r\n', end) ? 2 : 1;
      takeLine(buffer.slice(0, end), events);
      buffer = buffer.slice(end + width);
    }
  };
}
