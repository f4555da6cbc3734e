import { clock, type Script, script, stream } from './scripts.js'

/**
 * A client's account is a hash: `c` the highest number that was claimed, `s` that was settled, `b` the lowest whose outcome
 * is kept, `o<number>` the outcomes; while a number is claimed and not settled, `w` who handles it, and `u` until when the
 * claim holds unless it is renewed.
 */
const account = `${clock}
local function forget(key, below)
  local known = redis.call('HMGET', key, 'b', 's')
  local lowest, highest = tonumber(known[1]), math.min(below - 1, tonumber(known[2]))
  for number = lowest, highest do redis.call('HDEL', key, 'o' .. integer(number)) end
  if highest >= lowest then redis.call('HSET', key, 'b', integer(highest + 1)) end
end
`

/**
 * KEYS: the clients by time, the client, the stream's head. ARGV: its name, unacknowledged, next, maxAge, maxClients,
 * maxOutcomes, what all clients' keys begin with, the generation or nothing, then numbers and outcomes.
 * Gives nil for a client that was not known, and a text where it is another generation.
 */
export const openScript: Script = script(`${account}
if ARGV[8] ~= '' and redis.call('HGET', KEYS[3], 'g') ~= ARGV[8] then return 'forgotten' end
local clients, client = KEYS[1], KEYS[2]
local unacknowledged, next = tonumber(ARGV[2]), tonumber(ARGV[3])
local claimed = redis.call('HGET', client, 'c')
if claimed and tonumber(claimed) < unacknowledged - 1 then
  redis.call('DEL', client)
  claimed = false
end
local result = false
if claimed then
  forget(client, unacknowledged)
  local known = redis.call('HMGET', client, 's', 'b')
  result = {known[1]}
  for number = tonumber(known[2]), tonumber(known[1]) do
    local json = redis.call('HGET', client, 'o' .. integer(number))
    if json then
      result[#result + 1] = integer(number)
      result[#result + 1] = json
    end
  end
else
  local before = integer(next - 1)
  local first = math.max(9, #ARGV - 2 * tonumber(ARGV[6]) + 1)
  redis.call('HSET', client, 'c', before, 's', before, 'b', ARGV[first] or ARGV[3])
  for index = first, #ARGV, 2 do redis.call('HSET', client, 'o' .. ARGV[index], ARGV[index + 1]) end
end
redis.call('PEXPIRE', client, ARGV[4])
redis.call('ZADD', clients, integer(now()), ARGV[1])
redis.call('ZREMRANGEBYSCORE', clients, '-inf', integer(now() - tonumber(ARGV[4])))
for _ = 1, redis.call('ZCARD', clients) - tonumber(ARGV[5]) do
  redis.call('DEL', ARGV[7] .. redis.call('ZPOPMIN', clients)[1])
end
return result
`)

/**
 * KEYS: the client, the stream's head. ARGV: the number, who asks, the lease, the generation or nothing. `wait`: somebody else handles it, or the one before. A process
 * handles one message of a client at a time: where it claimed the one before and asks for this one, it has failed to store that
 * one, and whoever sends it again must not have to wait behind this one.
 */
export const claimScript: Script = script(`${account}
local client, number = KEYS[1], tonumber(ARGV[1])
if ARGV[4] ~= '' and redis.call('HGET', KEYS[2], 'g') ~= ARGV[4] then return {'unknown-client'} end
local known = redis.call('HMGET', client, 'c', 's', 'w', 'u')
if not known[1] then return {'unknown-client'} end
local claimed, settled = tonumber(known[1]), tonumber(known[2])
if number <= settled then return {'handled', redis.call('HGET', client, 'o' .. ARGV[1])} end
if number > claimed + 1 then return {'out-of-order'} end
if number > settled + 1 then return {known[3] == ARGV[2] and 'out-of-order' or 'wait'} end
if number == claimed and known[3] ~= ARGV[2] and tonumber(known[4]) > now() then return {'wait'} end
redis.call('HSET', client, 'c', ARGV[1], 'w', ARGV[2], 'u', integer(now() + tonumber(ARGV[3])))
return {'mine'}
`)

/**
 * Stores what a handler published and its outcome, in one step, unless somebody else has taken the claim over.
 * KEYS: the stream, its head, the client. ARGV: a name for a new generation, maxLength, maxAge, the number, who asks,
 * maxOutcomes, the outcome, then the items. Gives also the generation and the id of the last entry.
 */
export const settleScript: Script = script(`${stream}
local client, number = KEYS[3], tonumber(ARGV[4])
local known = redis.call('HMGET', client, 'c', 's', 'w', 'u', 'b')
if not known[1] then return {'unknown-client'} end
if number <= tonumber(known[2]) then return {'handled', redis.call('HGET', client, 'o' .. ARGV[4])} end
if number > tonumber(known[1]) then return {'unknown-client'} end
if known[3] ~= ARGV[5] and tonumber(known[4]) > now() then return {'wait'} end
if #ARGV > 7 then
  find(ARGV[1])
  append(8, ARGV[2], ARGV[3])
end
redis.call('HSET', client, 's', ARGV[4], 'o' .. ARGV[4], ARGV[7])
redis.call('HDEL', client, 'w', 'u')
local lowest = tonumber(known[5])
local kept = math.max(lowest, number - tonumber(ARGV[6]) + 1)
for old = lowest, kept - 1 do redis.call('HDEL', client, 'o' .. integer(old)) end
if kept > lowest then redis.call('HSET', client, 'b', integer(kept)) end
return {'settled', '', generation, last}
`)

/** KEYS: the clients by time, the client. ARGV: its name, unacknowledged, maxAge. */
export const acknowledgeScript: Script = script(`${account}
if redis.call('PEXPIRE', KEYS[2], ARGV[3]) == 0 then return end
forget(KEYS[2], tonumber(ARGV[2]))
redis.call('ZADD', KEYS[1], integer(now()), ARGV[1])
`)

/** KEYS: the clients by time, then clients. ARGV: maxAge, then their names. */
export const touchScript: Script = script(`${account}
local time = integer(now())
for index = 2, #KEYS do
  if redis.call('PEXPIRE', KEYS[index], ARGV[1]) == 1 then redis.call('ZADD', KEYS[1], time, ARGV[index]) end
end
`)

/** Renews the claims of one process. KEYS: clients. ARGV: who asks, and the lease: 0 gives them back. */
export const renewScript: Script = script(`${account}
local till = integer(now() + tonumber(ARGV[2]))
for _, client in ipairs(KEYS) do
  if redis.call('HGET', client, 'w') == ARGV[1] then redis.call('HSET', client, 'u', till) end
end
`)
