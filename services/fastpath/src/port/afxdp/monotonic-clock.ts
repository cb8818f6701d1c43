/*
 * The kernel stamps with CLOCK_MONOTONIC, people read Unix time. The offset between the two is taken anew each time,
 * because one is set right while the other runs on.
 */

/** What to add to monotonic milliseconds (`process.hrtime`, bpf_ktime_get_ns) to get Unix time in milliseconds. */
export function unixOffsetMs(): number {
  return performance.timeOrigin + performance.now() - Number(process.hrtime.bigint()) / 1e6;
}
