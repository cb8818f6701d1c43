import { parseAddress } from '../../engine/address.ts';
import { ADDRESS_BYTES } from './guard-layout.ts';

/** Bytes of an address in the map `addresses`. @throws TypeError when the text is no address */
export function addressKey(text: string): Uint8Array {
  const address = parseAddress(text);
  if (!address) throw new TypeError(`${JSON.stringify(text)} is no IP address`);
  const key = new DataView(new ArrayBuffer(ADDRESS_BYTES));
  const words = address.family === 4 ? [0, 0, 0xffff, ...address.words] : address.words;
  words.forEach((word, i) => {
    key.setUint32(4 * i, word);
  });
  return new Uint8Array(key.buffer);
}
