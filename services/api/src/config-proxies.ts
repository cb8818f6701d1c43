import { isIP } from 'node:net';

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal'];

/** True for what express takes in "trust proxy" as an address, a CIDR or a name; /0 would believe everybody. */
export function isProxyRange(value: string): boolean {
  if (NAMED_RANGES.includes(value)) return true;
  const [address = '', prefix = '1', ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  return Number(prefix) >= 1 && Number(prefix) <= (family === 4 ? 32 : 128);
}
