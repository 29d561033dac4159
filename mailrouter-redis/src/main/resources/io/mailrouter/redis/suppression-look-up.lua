-- Looks some addresses up in one shard of the suppression list, and forgets those whose suppression has ended.
-- It may run late, twice or never: what has ended by the server's clock stays ended.
--
-- KEYS: the shard.
-- ARGV: the fields.
-- Returns how many values could not be read, the server's time in ms, and for each field its value, '' for none.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function is_over(value)
  local till = string.match(value, '^1%l%w+%-(%w+)$')
  return till and tonumber(till, 36) <= now
end

local values = redis.pcall('HMGET', KEYS[1], unpack(ARGV))
if values.err then
  if string.sub(values.err, 1, 9) ~= 'WRONGTYPE' then
    return redis.call('HMGET', KEYS[1], unpack(ARGV))
  end
  values = {}
end

local answer = { #values == 0 and 1 or 0, now }
for i = 1, #ARGV do
  local value = values[i] or ''
  if is_over(value) then
    -- A server that takes no writes now still answers.
    redis.pcall('HDEL', KEYS[1], ARGV[i])
    value = ''
  elseif value ~= '' and not string.match(value, '^1%l%w+%-?%w*$') then
    answer[1] = answer[1] + 1
  end
  answer[i + 2] = value
end
return answer
