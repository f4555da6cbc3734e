import { createHash } from 'node:crypto'

/** A Lua script: Redis runs it as a whole, or not at all. */
export interface Script {
  readonly text: string
  readonly sha: string
}

export function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** Redis' clock, and a format for numbers: Lua's own has no more than 14 digits. */
export const clock: string = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function integer(number)
  return string.format('%.0f', number)
end
`

/**
 * What all scripts share that touch the stream (keys 1 and 2: the stream, and its head).
 *
 * The head holds the generation (`g`), the entry that it begins with (`b`) and the newest one (`l`). Each entry names the one
 * before it, so that a reader notices what it missed. Where head or stream are missing, a new generation begins, by an entry
 * that says so.
 */
export const stream: string = `${clock}
local generation, last
local function begin(name)
  local id = '*'
  -- Nobody knows what a stream that is gone held in this very millisecond: an id that none of it can have had.
  if redis.call('EXISTS', KEYS[1]) == 0 then
    local sequence = 0
    for index = 1, #name do sequence = (sequence * 36 + string.byte(name, index)) % 1000000000000 end
    id = integer(now()) .. '-' .. integer(1000000000000 + sequence)
  end
  last = redis.call('XADD', KEYS[1], id, 'g', name, 'p', last or '')
  generation = name
  redis.call('HSET', KEYS[2], 'g', generation, 'b', last, 'l', last)
end
local function find(name)
  generation, last = unpack(redis.call('HMGET', KEYS[2], 'g', 'l'))
  if not generation or not last or redis.call('XLEN', KEYS[1]) == 0 then begin(name) end
end
local function append(first, length, age)
  local ids = {}
  for index = first, #ARGV, 3 do
    last = redis.call('XADD', KEYS[1], 'MAXLEN', '~', length, '*',
      'p', last, 't', ARGV[index], 'o', ARGV[index + 1], 'x', ARGV[index + 2])
    ids[#ids + 1] = last
  end
  if #ids == 0 then return ids end
  if age ~= '' then redis.call('XTRIM', KEYS[1], 'MINID', '~', integer(now() - tonumber(age))) end
  redis.call('HSET', KEYS[2], 'l', last)
  return ids
end
`

/**
 * Appends a batch, unless it was appended before, or given up (key 3: what this process appended last), or the generation is
 * not the one that the process knows: one that was flushed since may have had it.
 * ARGV: a name for a new generation, the batch's number, maxLength, maxAge, how long to remember, the known generation, then
 * for each item: topic, to, text. Gives the generation and the ids, in one text; the generation alone where it is not known.
 */
export const appendScript: Script = script(`${stream}
local number = tonumber(ARGV[2])
local before = redis.call('HMGET', KEYS[3], 'n', 'ids')
local newest = tonumber(before[1] or '0')
if number < newest then return false end
if number == newest then return before[2] end
find(ARGV[1])
if generation ~= ARGV[6] then return generation end
local ids = generation .. ' ' .. table.concat(append(7, ARGV[3], ARGV[4]), ' ')
redis.call('HSET', KEYS[3], 'n', ARGV[2], 'ids', ids)
redis.call('PEXPIRE', KEYS[3], ARGV[5])
return ids
`)

/** The entries after a position, or nil where that is none. ARGV: the position's generation and id, how many. */
export const readScript: Script = script(`
if redis.call('HGET', KEYS[2], 'g') ~= ARGV[1] then return false end
if #redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2]) == 0 then return false end
return redis.call('XRANGE', KEYS[1], '(' .. ARGV[2], '+', 'COUNT', ARGV[3])
`)

/** The generation, and the newest entry. ARGV: a name for a new generation. */
export const headScript: Script = script(`${stream}
find(ARGV[1])
return {generation, last}
`)

/**
 * The generation, the entry that it begins with, and which Redis this is, for somebody who knows of entries. If one of them was
 * lost Redis came back with older data: a new generation begins, so that all who may have missed something hear of it.
 *
 * Lost is what is missing and was not trimmed. What is older than all that is there may be either: it was trimmed if this is still
 * the Redis that had it, and counts as lost otherwise. Another generation has begun since, unless it began before an entry
 * that is known: then it is an older one that came back, and all its entries with it.
 * ARGV: a name for a new generation, the generation that is known, of which Redis, whether something is known to be lost, then
 * ids.
 */
export const checkScript: Script = script(`${stream}
local function parts(id)
  local time, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(time), tonumber(sequence)
end
local function newer(one, other)
  local time, sequence = parts(one)
  local otherTime, otherSequence = parts(other)
  if time ~= otherTime then return time > otherTime end
  return sequence > otherSequence
end
find(ARGV[1])
local information = redis.pcall('INFO', 'server')
local run = type(information) == 'string' and string.match(information, 'run_id:(%w+)') or ARGV[1]
local first = redis.call('HGET', KEYS[2], 'b')
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', '1')[1]
local trimmed = ''
for index = 1, #oldest[2], 2 do
  if oldest[2][index] == 'p' then trimmed = oldest[2][index + 1] end
end
local function missing(id)
  return id ~= trimmed and #redis.call('XRANGE', KEYS[1], id, id) == 0
end
local lost = ARGV[4] == '1' and generation == ARGV[2]
for index = 5, #ARGV do
  local id = ARGV[index]
  if generation ~= ARGV[2] then
    if newer(id, first) then lost = true end
  elseif missing(id) and (run ~= ARGV[3] or not newer(oldest[1], id)) then
    lost = true
  end
end
if lost then begin(ARGV[1]) end
return {generation, redis.call('HGET', KEYS[2], 'b'), run}
`)
