-- Notes that a provider has asked one node for a pause, so that all keep it. Of several the one that ends last counts, so
-- that it may run late, twice or never.
--
-- KEYS: the provider's state.
-- ARGV: the channel, the provider, how long ago it began and how long it lasts from now in ms, why, and a code.
--
-- A hold stands as '1 since until why code', times of the server in ms.

local LONGEST = 600000
local TTL = 8 * 86400 * 1000

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local age, left = tonumber(ARGV[3]), math.min(tonumber(ARGV[4]), LONGEST)

local text = redis.pcall('HGET', KEYS[1], 'hold')
if type(text) == 'table' and text.err then
  if string.sub(text.err, 1, 9) == 'WRONGTYPE' then
    return { 0, 1 }
  end
  text = redis.call('HGET', KEYS[1], 'hold')
end

local ignored = 0
if text then
  local ends = string.match(text, '^1 %d+ (%d+) %l[%l_]* %S+$')
  if not ends or #ends > 15 then
    ignored = 1
    local version = string.match(text, '^(%d+) ')
    if version and version ~= '0' and version ~= '1' then
      return { 0, ignored }
    end
  elseif tonumber(ends) >= now + left and tonumber(ends) <= now + LONGEST then
    return { 0, 0 }
  end
end

redis.call('HSET', KEYS[1], 'hold', string.format('1 %.0f %.0f %s %s', now - age, now + left, ARGV[5], ARGV[6]))
redis.call('PEXPIRE', KEYS[1], TTL)
-- A hint only: a user that may not give it has noted the hold all the same.
redis.pcall('PUBLISH', ARGV[1], ARGV[2] .. ',hold,' .. string.format('%.0f', now + left))
return { 1, ignored }
