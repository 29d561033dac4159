-- Takes an address off one shard of the suppression list.
-- It may run twice; the second time it finds nothing.
--
-- KEYS: the shard.
-- ARGV: the field.
-- Returns 1 if the address was suppressed until now.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known then
  return { 0 }
end
redis.call('HDEL', KEYS[1], ARGV[1])
local till = string.match(known, '^1%l%w+%-(%w+)$')
return { till and tonumber(till, 36) <= now and 0 or 1 }
