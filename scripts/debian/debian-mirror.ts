// Which mirror this machine installs Debian from, read from its own apt sources. Both formats: sources.list(5).

export interface DebianMirror {
  uri: string;
  /** Key file that its releases are signed with, as the sources name it; undefined = what apt trusts anyway. */
  keyring: string | undefined;
}

const SUITES =
  /^(oldoldstable|oldstable|stable|testing|unstable|sid|bullseye|bookworm|trixie|forky|duke)(-updates)?\/?$/;

interface Source extends DebianMirror {
  suites: string[];
  components: string[];
}

/** The first source of Debian proper: no security archive, no other vendor. Undefined when there is none. */
export function findMirror(files: { name: string; text: string }[]): DebianMirror | undefined {
  const sources = files.flatMap(({ name, text }) =>
    name.endsWith('.sources') ? parseStanzas(text) : parseLines(text),
  );
  const source = sources.find(
    ({ suites, components }) => components.includes('main') && suites.some((suite) => SUITES.test(suite)),
  );
  return source && { uri: source.uri, keyring: source.keyring };
}

/** `deb [option=value …] URI SUITE COMPONENT…` */
function parseLines(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)([^#]*)/.exec(line);
    if (!found) return [];
    const [, options = '', uri, suite, components] = found;
    const keyring = /(?:^|\s)signed-by=(\/\S+)/i.exec(options)?.[1];
    return [{ uri: uri!, keyring, suites: [suite!], components: words(components) }];
  });
}

/** Stanzas of `Field: value`, separated by empty lines. */
function parseStanzas(text: string): Source[] {
  const withoutComments = text.replaceAll(/^#.*\n?/gm, '');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const field = (name: string) =>
      new RegExp(`^${name}:((?:.*)(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1]?.trim();
    const [uri] = words(field('URIs'));
    if (!uri || !words(field('Types')).includes('deb') || field('Enabled') === 'no') return [];
    const signedBy = field('Signed-By');
    const keyring = signedBy?.startsWith('/') ? words(signedBy)[0] : undefined;
    return [{ uri, keyring, suites: words(field('Suites')), components: words(field('Components')) }];
  });
}

function words(text: string | undefined): string[] {
  return text?.split(/\s+/).filter((word) => word !== '') ?? [];
}
