-- Tells what has changed in the suppression list since a node asked last.
-- It may run late, twice or never.
--
-- KEYS: the check of the list's secret, the number of changes so far, the last changes.
-- ARGV: the check of this node's secret, the number of changes that the node knows, -1 for none; how many it wants.
-- Returns how many keys could not be read, 1 if the secret is the list's, the server's time in ms, 1 if the node has
-- missed something, the number of changes that it knows now, and the changes.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local answer = { 0, 1, now, 0, 0 }

-- Returns the answer, or nil where the key holds another type.
local function read(command, key, ...)
  local value = redis.pcall(command, key, ...)
  if type(value) ~= 'table' or not value.err then
    return value
  end
  if string.sub(value.err, 1, 9) ~= 'WRONGTYPE' then
    return redis.call(command, key, ...)
  end
  answer[1] = answer[1] + 1
  return nil
end

local check = read('GET', KEYS[1])
if check == false then
  redis.call('SET', KEYS[1], ARGV[1])
elseif check and check ~= ARGV[1] then
  answer[2] = 0
  return answer
end

local known, most = tonumber(ARGV[2]), tonumber(ARGV[3])
local number = tonumber(read('GET', KEYS[2]) or '')
number = (number and number > 0 and number < 9e15) and number or 0
answer[5] = number
if known == number then
  return answer
end
local behind = number - known
local last = read('LLEN', KEYS[3]) or 0
if known < 0 or behind < 0 or behind > last then
  answer[4] = 1
  return answer
end
local changes = redis.call('LRANGE', KEYS[3], -behind, -behind + most - 1)
answer[5] = known + #changes
for i = 1, #changes do
  answer[i + 5] = changes[i]
end
return answer
