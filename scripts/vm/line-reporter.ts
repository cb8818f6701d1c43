// Reporter for node:test inside of an emulated machine (node --test-reporter): one line of JSON for each test that ends.

export interface TestLine {
  name: string;
  ms: number;
  /** Undefined = passed. */
  error?: string;
}

interface Event {
  type: string;
  data: {
    name: string;
    skip?: string | boolean;
    todo?: string | boolean;
    details: { type?: string; duration_ms: number; error?: Error & { failureType?: string } };
  };
}

export default async function* report(events: AsyncIterable<Event>): AsyncGenerator<string> {
  for await (const event of events) {
    const error = problemOf(event);
    // A suite says something only when it failed itself, by one of its hooks.
    if (event.data.details?.type === 'suite' && error === undefined) continue;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, details } = event.data;
    const line: TestLine = { name, ms: Math.round(details.duration_ms), error };
    yield `${JSON.stringify(line)}\n`;
  }
}

function problemOf({ type, data }: Event): string | undefined {
  // These machines have all that the tests need: a skipped test has failed.
  if (data.skip !== undefined || data.todo !== undefined) return `skipped: ${data.skip ?? data.todo}`;
  if (type !== 'test:fail' || data.details.error?.failureType === 'subtestsFailed') return undefined;
  return describe(data.details.error);
}

/** What the test threw, which node:test wraps, with the place in the test. */
function describe(error: Error | undefined): string {
  const cause = error?.cause instanceof Error ? error.cause : error;
  const [place] = cause?.stack?.split('\n').filter((line) => line.includes('/vm/')) ?? [];
  return [cause?.message ?? 'failed', place?.trim()].filter((part) => part !== undefined).join('\n');
}
