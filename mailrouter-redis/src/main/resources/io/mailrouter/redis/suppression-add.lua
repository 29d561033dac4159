-- Puts addresses on one shard of the suppression list. Of two suppressions the one that lasts longer stays; garbage is
-- replaced, and what a newer version wrote is left alone.
-- It may run late or twice: a suppression that was added already is not added again.
--
-- KEYS: the shard.
-- ARGV: field and value, for each address.
-- Returns how many values could not be read.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- Returns whether the value can be read, and its end, nil for none.
local function end_of(value)
  local since, till = string.match(value, '^1%l(%w+)%-?(%w*)$')
  return since ~= nil, till and tonumber(till, 36)
end

local ignored = 0
for i = 1, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  local known = redis.call('HGET', KEYS[1], field)
  local stays = false
  if known then
    local readable, till = end_of(known)
    if readable then
      local _, other = end_of(value)
      stays = not till or (till > now and other and other <= till)
    else
      ignored = ignored + 1
      stays = string.match(known, '^[2-9]') ~= nil
    end
  end
  if not stays then
    redis.call('HSET', KEYS[1], field, value)
  end
end
return { ignored }
