import type { Page } from '@playwright/test';

/** Something that no page of the product may cause unless a test provokes it. */
export interface Complaint {
  kind: 'console' | 'exception' | 'request' | 'status' | 'csp';
  text: string;
}

/** Collects console errors, exceptions, failed requests, error statuses and CSP violations from now on. */
export async function watchPage(page: Page): Promise<Complaint[]> {
  const complaints: Complaint[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push({ kind: 'console', text: `${message.text()} ${message.location().url}` });
  });
  page.on('pageerror', (error) => complaints.push({ kind: 'exception', text: String(error) }));
  page.on('requestfailed', (request) => {
    // The browser's own: what is under way when a page is left or a stream is closed.
    const reason = request.failure()?.errorText ?? '';
    if (reason !== 'net::ERR_ABORTED')
      complaints.push({ kind: 'request', text: `${reason} ${request.method()} ${request.url()}` });
  });
  page.on('response', (response) => {
    if (response.status() >= 400)
      complaints.push({
        kind: 'status',
        text: `${response.status()} ${response.request().method()} ${response.url()}`,
      });
  });
  await page.exposeFunction('reportCsp', (text: string) => complaints.push({ kind: 'csp', text }));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = (globalThis as unknown as { reportCsp(text: string): void }).reportCsp;
      report(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  return complaints;
}
