/** Chart.yaml with the version of the product: charts and images are of one release. */
export function withVersion(text: string, version: string): string {
  const lines = { version: 0, appVersion: 0 };
  const result = text.replace(/^(version|appVersion): .*$/gm, (_, name: keyof typeof lines) => {
    lines[name] += 1;
    return `${name}: ${version}`;
  });
  for (const [name, found] of Object.entries(lines)) {
    if (found !== 1) throw new Error(`Chart.yaml has ${found} lines with ${name}, and not one`);
  }
  return result;
}
