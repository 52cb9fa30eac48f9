import type { ClientContext, Result } from 'ioredis';

// Each operation is one script, for it must be one step. The clock is that of Redis alone: a moment is never compared with that of
// a node. KEYS[1] is the index of the address of record, the others are records; all are in one slot.

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

const del = `
local function del(key, tag)
  redis.call('ZREM', KEYS[1], tag)
  return redis.call('DEL', key)
end
`;

// SET goes first: where Redis is full it is refused, and then nothing has been written. The index is trimmed and ends with its last entry.
const put = `${now}${del}
local function put(key, tag, ttl, record)
  local deadline = now + ttl
  if deadline <= now then return del(key, tag) end
  redis.call('SET', key, record, 'PXAT', deadline)
  redis.call('ZADD', KEYS[1], deadline, tag)
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  redis.call('PEXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
end
`;

/** For the option `scripts` of a client: loaded once for each connection, then called by their hash. */
export const scripts = {
  eventPut: { numberOfKeys: 2, lua: `${put} put(KEYS[2], ARGV[1], ARGV[2], ARGV[3]) return 1` },
  eventDel: { numberOfKeys: 2, lua: `${del} return del(KEYS[2], ARGV[1])` },
  eventReplace: {
    numberOfKeys: 3,
    lua: `${put} if del(KEYS[2], ARGV[1]) == 0 then return 0 end put(KEYS[3], ARGV[2], ARGV[3], ARGV[4]) return 1`,
  },
  eventCount: { numberOfKeys: 1, lua: `${now} return redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now), '+inf')` },
  eventTags: { numberOfKeys: 1, lua: `${now} return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now), '+inf')` },
} as const;

declare module 'ioredis' {
  interface RedisCommander<Context extends ClientContext = { type: 'default' }> {
    /** `ttl` in milliseconds. */
    eventPut(index: string, key: string, tag: string, ttl: number, record: Buffer): Result<number, Context>;
    /** 1 if it was there. */
    eventDel(index: string, key: string, tag: string): Result<number, Context>;
    /** 1 if the previous one was there; else nothing is written. */
    eventReplace(index: string, previousKey: string, key: string, previousTag: string, tag: string, ttl: number, record: Buffer): Result<number, Context>;
    eventCount(index: string): Result<number, Context>;
    eventTags(index: string): Result<string[], Context>;
  }
}
