-- Reads one page of one shard of the suppression list, and forgets what has ended. A page is small, so that nobody waits.
-- It may run late, twice or never.
--
-- KEYS: the shard.
-- ARGV: the cursor, '0' to begin; about how many fields to read.
-- Returns how many fields could not be read, the size of the shard, the cursor for the next page, '0' after the last,
-- and the fields.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local page = redis.pcall('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
if page.err then
  if string.sub(page.err, 1, 9) ~= 'WRONGTYPE' then
    return redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
  end
  return { 1, 0, '0' }
end

local answer = { 0, redis.call('HLEN', KEYS[1]), page[1] }
local entries = page[2]
for i = 1, #entries, 2 do
  local till = string.match(entries[i + 1], '^1%l%w+%-(%w+)$')
  if till and tonumber(till, 36) <= now then
    redis.pcall('HDEL', KEYS[1], entries[i])
  elseif #entries[i] == 11 and not string.find(entries[i], '[^%w_-]') then
    answer[#answer + 1] = entries[i]
  else
    answer[1] = answer[1] + 1
  end
end
return answer
