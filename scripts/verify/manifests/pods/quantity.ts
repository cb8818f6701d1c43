const FACTORS: Record<string, number> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The number that a quantity is: bytes, or CPUs. */
export function quantity(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(\D*)$/.exec(text) ?? [];
  return Number(number) * (FACTORS[unit ?? ''] ?? Number.NaN);
}
