import { authorizedFetch } from './authorized-fetch.ts';
import { ApiError, readProblem } from './problem.ts';

/**
 * Fetches a file of the API, which a plain link cannot, as the token is not in a cookie. The browser keeps the content
 * outside of the page's memory. A response that is cut fails: no half file is saved.
 */
export async function fetchFile(path: string): Promise<{ name: string; content: Blob }> {
  const response = await authorizedFetch(new Request(`/api/v1${path}`));
  if (!response.ok) throw new ApiError(response.status, await readProblem(response));
  return { name: fileName(response.headers.get('Content-Disposition')), content: await response.blob() };
}

/** The name that the API gives the file. */
export function fileName(disposition: string | null): string {
  return /filename="([\w.-]+)"/.exec(disposition ?? '')?.[1] ?? 'download';
}

/** Hands content to the browser's downloads. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // After the click has been followed.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
