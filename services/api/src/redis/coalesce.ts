/** So many at most go into one command: Redis does nothing else meanwhile. */
const MOST = 100;

interface Waiting<Q, A> {
  question: Q;
  resolve(answer: A): void;
  reject(error: unknown): void;
}

/**
 * Puts the questions that come in one turn of the event loop into one command: most of what a command costs does not
 * depend on how much it asks. A question is asked after it came, never before. `ask` answers one for each, in order;
 * if it fails, it fails for all of them.
 */
export function coalesce<Q, A>(ask: (questions: Q[]) => Promise<A[]>): (question: Q) => Promise<A> {
  let waiting: Waiting<Q, A>[] = [];

  function send(): void {
    const batch = waiting;
    if (batch.length === 0) return;
    waiting = [];
    ask(batch.map(({ question }) => question)).then(
      (answers) => {
        for (let i = 0; i < batch.length; i++) batch[i]!.resolve(answers[i]!);
      },
      (error) => {
        for (const { reject } of batch) reject(error);
      },
    );
  }

  return (question) =>
    new Promise((resolve, reject) => {
      // It runs when the sockets that are readable now have been read.
      if (waiting.length === 0) setImmediate(send);
      waiting.push({ question, resolve, reject });
      if (waiting.length === MOST) send();
    });
}
