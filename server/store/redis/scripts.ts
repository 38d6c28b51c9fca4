// The steps that Redis takes as one. A room's decision is made by a relay that knows the room at one version; the script
// carries it out if the room still stands there, and not otherwise. All keys of a script share the room's hash slot.

/** What a script of a room answers: how it went, the place of the publication, the sequence number. */
export type StepReply = readonly [outcome: 0 | 1, place: number, seq: number];

const publish = `
local function publish(command, channel, place, seq, payload)
  redis.call(command, channel, struct.pack('>dd', place, seq) .. payload)
end
`;

/**
 * KEYS room. ARGV: version it must have ('' for none), sequence number it must have, new version, new sequence number, life
 * in ms (0 ends it), first place of a new room, publish command, channel, publication, number of fields to delete, those,
 * then fields and values.
 */
const step = `${publish}
local room = KEYS[1]
local known = redis.call('HMGET', room, 'v', 'q', 'p')
if (known[1] or '') ~= ARGV[1] then return {0, 0, 0} end
if known[1] and known[2] ~= ARGV[2] then return {0, 0, 0} end
local place = (tonumber(known[3]) or tonumber(ARGV[6])) + 1
if ARGV[5] == '0' then
  redis.call('DEL', room)
else
  local gone = tonumber(ARGV[10])
  if gone > 0 then redis.call('HDEL', room, unpack(ARGV, 11, 10 + gone)) end
  redis.call('HSET', room, 'v', ARGV[3], 'q', ARGV[4], 'p', string.format('%.0f', place), unpack(ARGV, 11 + gone))
  redis.call('PEXPIRE', room, ARGV[5])
end
publish(ARGV[7], ARGV[8], place, tonumber(ARGV[4]), ARGV[9])
return {1, place, tonumber(ARGV[4])}
`;

/** KEYS room. ARGV: version it must have, number of messages, publish command, channel, publication. */
const pass = `${publish}
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return {0, 0, 0} end
local seq = redis.call('HINCRBY', KEYS[1], 'q', ARGV[2])
local place = redis.call('HINCRBY', KEYS[1], 'p', 1)
publish(ARGV[3], ARGV[4], place, seq, ARGV[5])
return {1, place, seq}
`;

/** KEYS list of rooms. ARGV: now, most rooms, room, until when. Answers 1, or 0 when there are too many. */
const reserve = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if not redis.call('ZSCORE', KEYS[1], ARGV[3]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[3])
local left = tonumber(ARGV[4]) - tonumber(ARGV[1])
if redis.call('PTTL', KEYS[1]) < left then redis.call('PEXPIRE', KEYS[1], left) end
return 1
`;

/** KEYS list of ended rooms. ARGV: now, most of them, room, until when. */
const bury = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[3])
local many = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[2])
if many > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, many - 1) end
local left = tonumber(ARGV[4]) - tonumber(ARGV[1])
if redis.call('PTTL', KEYS[1]) < left then redis.call('PEXPIRE', KEYS[1], left) end
return 1
`;

/** KEYS bucket. ARGV: now, burst, per ms, 1 to take or -1 to give back. Answers 0, or the ms until there is a token. */
const attempt = `
local known = redis.call('HMGET', KEYS[1], 't', 'a')
local now, burst, rate, take = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local tokens = burst
if known[1] then tokens = math.min(burst, tonumber(known[1]) + math.max(0, now - tonumber(known[2])) * rate) end
local wait = 0
if tokens < take then
  wait = math.max(1, math.ceil((take - tokens) / rate))
else
  tokens = math.min(burst, tokens - take)
end
if tokens >= burst then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 't', string.format('%.6f', tokens), 'a', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate))
end
return wait
`;

export const scripts = { srStep: step, srPass: pass, srReserve: reserve, srBury: bury, srAttempt: attempt } as const;
export type ScriptName = keyof typeof scripts;
