// What a values.yaml says: each value, its default, and the comment that explains it.
import { isMap, isScalar, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';

export interface ChartValue {
  /** As after --set: image.tag. */
  path: string;
  default: unknown;
  comment: string;
}

export interface ValuesFile {
  /** The comment at the top. */
  introduction: string;
  values: ChartValue[];
}

/** Reads them in the order of the file. @throws when one has no comment. */
export function readValues(text: string): ValuesFile {
  const document = parseDocument(text);
  if (document.errors[0]) throw document.errors[0];
  if (!isMap(document.contents)) throw new Error('values.yaml is no map');
  const [first] = document.contents.items as Pair<Node>[];
  // The parser gives it to the first key when that has a comment as well.
  const above = document.commentBefore ?? paragraphs(first?.key.commentBefore).slice(0, -1).join('\n');
  return { introduction: oneLine(above), values: valuesOf(document.contents, '') };
}

function valuesOf(map: YAMLMap, prefix: string): ChartValue[] {
  return map.items.flatMap((pair, at) => {
    const { key, value } = pair as Pair<Node, Node | null>;
    if (!isScalar(key)) throw new Error(`${prefix}: a key is no word`);
    const path = prefix + String(key.value);
    // The parser gives the comment before the first key to the map. At the top that is not the one of the file.
    const comment = oneLine(paragraphs(at === 0 && prefix ? map.commentBefore : key.commentBefore).at(-1));
    if (isMap(value) && isSection(value)) return valuesOf(value, `${path}.`);
    if (!comment) throw new Error(`${path} has no comment that says what it is`);
    return [{ path, default: value?.toJSON() ?? null, comment }];
  });
}

/** Its keys are values by themselves when they are explained; otherwise the whole is one value. */
function isSection(map: YAMLMap): boolean {
  const keys = map.items.map(({ key }) => key as Node);
  return (
    Boolean(map.commentBefore) ||
    keys.some(({ commentBefore }) => commentBefore) ||
    map.items.some(hasSection)
  );
}

function hasSection({ value }: Pair): boolean {
  return isMap(value) && isSection(value);
}

/** Of a comment; a blank line is between those that belong to something else. */
function paragraphs(comment: string | null | undefined): string[] {
  return (comment ?? '').split('\n\n');
}

function oneLine(comment: string | null | undefined): string {
  return (comment ?? '')
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}
