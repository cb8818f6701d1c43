import type { Redis } from 'ioredis';

/** What Redis does in one step. Sent by their SHA-1, in full only to a server that does not know them yet. */
export const SCRIPTS = {
  /**
   * The stamp of a user, made now (ARGV 1, for ARGV 2 ms) if there is none, and the time of the server in ms. The
   * client's clock does not matter anywhere.
   */
  sessionBegin: {
    numberOfKeys: 1,
    lua: `
      local stamp = redis.call('GET', KEYS[1])
      if not stamp then
        stamp = ARGV[1]
        redis.call('SET', KEYS[1], stamp, 'PX', ARGV[2])
      end
      local time = redis.call('TIME')
      return {stamp, time[1] * 1000 + math.floor(time[2] / 1000)}`,
  },
  /**
   * Writes an entry (KEYS 1) until the time ARGV 3, provided that the stamp (KEYS 2) is still ARGV 1 and that time is
   * still to come, however late this arrives.
   */
  sessionFill: {
    numberOfKeys: 2,
    lua: `
      if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
      local time = redis.call('TIME')
      local left = ARGV[3] - (time[1] * 1000 + math.floor(time[2] / 1000))
      if left <= 0 then return 0 end
      redis.call('SET', KEYS[1], ARGV[2], 'PX', left)
      return 1`,
  },
  /**
   * One more for each key, in its window of ARGV 1 ms that begins with the first; answers their counts and the ms left
   * by turns. Also a key that somebody else has left without an end gets one: else whoever it counts would be refused
   * for ever.
   */
  rateCount: {
    lua: `
      local answer = {}
      for i, key in ipairs(KEYS) do
        local count = redis.call('INCR', key)
        local left = redis.call('PTTL', key)
        if left < 0 then
          redis.call('PEXPIRE', key, ARGV[1])
          left = tonumber(ARGV[1])
        end
        answer[2 * i - 1] = count
        answer[2 * i] = left
      end
      return answer`,
  },
} as const;

export interface ScriptedRedis extends Redis {
  sessionBegin(stampKey: string, newStamp: string, lifeMs: number): Promise<[stamp: string, nowMs: number]>;
  sessionFill(
    entryKey: string,
    stampKey: string,
    stamp: string,
    entry: string,
    deadlineMs: number,
  ): Promise<0 | 1>;
  rateCount(keys: number, ...keysAndWindowMs: [...keys: string[], windowMs: number]): Promise<number[]>;
}
