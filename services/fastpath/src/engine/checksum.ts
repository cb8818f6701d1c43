/** Adds the bytes of `data`, as big-endian 16-bit words, an odd last byte padded with 0, to a running sum. */
export function addWords(sum: number, data: Uint8Array): number {
  const even = data.length & ~1;
  for (let i = 0; i < even; i += 2) sum += (data[i] << 8) | data[i + 1];
  return even === data.length ? sum : sum + (data[even] << 8);
}

/** The Internet checksum (RFC 1071) of a sum of 16-bit words: folded and complemented. */
export function finishChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = Math.floor(folded / 0x10000) + (folded & 0xffff);
  return ~folded & 0xffff;
}
