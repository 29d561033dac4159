-- Notes changes of the suppression list for the other nodes, after they were made.
-- It may run late, twice or never: a change that is noted twice is heard of twice, and one that is never noted is found
-- when the list is read the next time.
--
-- KEYS: the check of the list's secret, the number of changes so far, the last changes.
-- ARGV: the check of this node's secret, the channel for hints, '' for none; the changes: '+' or '-' and the field.
-- Returns 1 if the secret is the list's.

local MOST = 10000
local TTL = 86400

local time = redis.call('TIME')
local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])

local function type_of(key)
  return redis.call('TYPE', key).ok
end

local kind = type_of(KEYS[1])
if kind == 'none' then
  redis.call('SET', KEYS[1], ARGV[1])
elseif kind == 'string' and redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return { 0 }
end

local changes = #ARGV - 2
kind = type_of(KEYS[2])
if kind == 'none' or kind == 'string' then
  -- Begins with the time, so that nobody takes a list that was wiped for one that he knows.
  local number = tonumber(redis.call('GET', KEYS[2]) or '')
  number = (number and number > 0 and number < 9e15) and number or micros
  number = number + changes
  redis.call('SET', KEYS[2], string.format('%.0f', number), 'EX', TTL)
  kind = type_of(KEYS[3])
  if kind == 'none' or kind == 'list' then
    redis.call('RPUSH', KEYS[3], unpack(ARGV, 3))
    redis.call('LTRIM', KEYS[3], -MOST, -1)
    redis.call('EXPIRE', KEYS[3], TTL)
  end
  if ARGV[2] ~= '' then
    redis.pcall('PUBLISH', ARGV[2], string.format(',suppression,%.0f', number))
  end
end
return { 1 }
