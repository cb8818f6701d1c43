/** A same-origin path out of an untrusted `next` parameter; anything else leads to "/". */
export function safeReturnPath(next: string | null): string {
  if (!next?.startsWith('/')) return '/';
  const base = 'http://here.invalid';
  // The URL parser reads "//host", "/\host" and "/<tab>/host" the way a browser does.
  if (!URL.canParse(next, base)) return '/';
  const url = new URL(next, base);
  // A path like "/..//host" is normalised to "//host", which would be another site.
  if (url.origin !== base || url.pathname.startsWith('//') || url.pathname === '/login') return '/';
  return url.pathname + url.search + url.hash;
}
