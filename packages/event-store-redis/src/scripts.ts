import { createHash } from 'node:crypto';

// Each operation is one script, for it must be one step. The clock is that of Redis alone: a moment is never compared with that of
// a node. KEYS[1] is the index of the address of record, the others are records; all are in one slot. Each returns a list: the time of
// Redis, by which the next deadline is reckoned, then its result.
//
// ARGV[1] is the deadline of what changes something. The network may deliver a command long after it was given up and its request
// answered 503; then nothing is done, and only the time is answered.

/** A script, known to Redis by its digest once it has run there. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

const inTime = `${now}
if now >= tonumber(ARGV[1]) then return {now} end
`;

const del = `
local function del(key, tag)
  redis.call('ZREM', KEYS[1], tag)
  return redis.call('DEL', key)
end
`;

// The version is the first line of a value. '' is that of none: it is not asked for.
const has = `
local function has(key, version)
  return version == '' or redis.call('GETRANGE', key, 0, #version) == version .. '\\n'
end
`;

// SET goes first: where Redis is full it is refused, and then nothing has been written. The index is trimmed and ends with its last entry.
const put = `
local function put(key, tag, ttl, record)
  local deadline = now + ttl
  if deadline <= now then return del(key, tag) end
  redis.call('SET', key, record, 'PXAT', deadline)
  redis.call('ZADD', KEYS[1], deadline, tag)
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  redis.call('PEXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
end
`;

const live = "'(' .. string.format('%.0f', now), '+inf'";

export const scripts = {
  /** deadline, tag, previous version or '', milliseconds to live, record: 1 if it was written. */
  put: script(`${inTime}${del}${has}${put} if not has(KEYS[2], ARGV[3]) then return {now, 0} end put(KEYS[2], ARGV[2], ARGV[4], ARGV[5]) return {now, 1}`),
  /** deadline, tag, milliseconds to live, record: 1 if nothing was there and it was written. */
  create: script(`${inTime}${del}${put} if redis.call('EXISTS', KEYS[2]) == 1 then return {now, 0} end put(KEYS[2], ARGV[2], ARGV[3], ARGV[4]) return {now, 1}`),
  /** deadline, tag, previous version or '': 1 if it was there. */
  del: script(`${inTime}${del}${has} if not has(KEYS[2], ARGV[3]) then return {now, 0} end return {now, del(KEYS[2], ARGV[2])}`),
  /** deadline, previous tag, previous version or '', tag, milliseconds to live, record: 1 if the previous one was there; else nothing is written. */
  replace: script(`${inTime}${del}${has}${put} if not has(KEYS[2], ARGV[3]) or del(KEYS[2], ARGV[2]) == 0 then return {now, 0} end put(KEYS[3], ARGV[4], ARGV[5], ARGV[6]) return {now, 1}`),
  /** How many are live. */
  count: script(`${now} return {now, redis.call('ZCOUNT', KEYS[1], ${live})}`),
  /** The tags of those that are live. */
  tags: script(`${now} return {now, redis.call('ZRANGEBYSCORE', KEYS[1], ${live})}`),
} as const;
