/** A whole number from minimum to maximum. @throws TypeError, RangeError */
export function integer(name: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
  if (!Number.isInteger(value) || value < minimum || value > maximum)
    throw new RangeError(`${name} is ${value}; it must be a whole number from ${minimum} to ${maximum}`);
  return value;
}

/** A power of two from minimum to maximum. @throws TypeError, RangeError */
export function powerOfTwo(name: string, value: unknown, minimum: number, maximum: number): number {
  const number = integer(name, value, minimum, maximum);
  if ((number & (number - 1)) !== 0) throw new RangeError(`${name} is ${number}; it must be a power of two`);
  return number;
}

/** The place of `value` in `values`, which is what the addon takes. @throws RangeError */
export function oneOf(name: string, value: unknown, values: readonly string[]): number {
  const index = values.indexOf(value as string);
  if (index < 0) throw new RangeError(`${name} is ${String(value)}; it must be one of ${values.join(', ')}`);
  return index;
}

/** @throws TypeError */
export function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`);
  return value;
}

/** Longest interface name that Linux has (IFNAMSIZ - 1). */
const INTERFACE_NAME_MAX = 15;

/** @throws TypeError, RangeError */
export function interfaceName(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('interface must be a string');
  if (value.length === 0 || Buffer.byteLength(value) > INTERFACE_NAME_MAX)
    throw new RangeError(`interface is "${value}"; a name has 1 to ${INTERFACE_NAME_MAX} bytes`);
  return value;
}
