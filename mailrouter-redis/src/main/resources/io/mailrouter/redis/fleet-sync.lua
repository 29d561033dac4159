-- One exchange of a node with its fleet: takes what the node has counted, returns what all have counted.
-- It may run late or twice: a sequence that was applied before counts nothing again.
--
-- KEYS: the nodes; this node's sequence; then for each provider its window, its usage and its state.
-- ARGV: node, sequence, '1' if the node leaves, tau and node expiry in ms, then for each provider nine deltas, the last
-- of them followed by hours and how many of the recipients granted then are given back: 'used hour n hour n', and an order about its use and one about its weight: '' or 'epoch age left word reason', epoch 0 for a new one, times in ms.

local MARK = 'mrw'
local VERSION = 1
local LAYOUT = '>ddddddddd'
local SIZE = 4 + 9 * 8
local SEQUENCE_TTL = 86400
local USAGE_TTL = 40 * 86400
local LONGEST_ORDER = 8 * 86400 * 1000
local JUST_NOW = 5000

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local node, sequence, leaves = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local tau, expiry = tonumber(ARGV[4]), tonumber(ARGV[5])

local ignored, culprit = 0, ''
local function ignore(key)
  ignored = ignored + 1
  culprit = key
end

-- Returns the answer, or nil and true where the key holds another type. Any other error ends the script.
local function read(command, key, ...)
  local answer = redis.pcall(command, key, ...)
  if type(answer) ~= 'table' or not answer.err then
    return answer, false
  end
  if string.sub(answer.err, 1, 9) ~= 'WRONGTYPE' then
    return redis.call(command, key, ...), false
  end
  ignore(key)
  return nil, true
end

-- The first write comes before all others: a server that refuses it (full, read only) has taken nothing.
local stored = 0
local text = read('GET', KEYS[2])
if text then
  if #text <= 15 and string.match(text, '^%d+$') then
    stored = tonumber(text)
  else
    ignore(KEYS[2])
  end
end
local fresh = sequence > stored
if fresh then
  redis.call('SET', KEYS[2], ARGV[2], 'EX', SEQUENCE_TTL)
end

local nodes = 1
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'zset' or kind == 'none' then
  if leaves then
    redis.call('ZREM', KEYS[1], node)
  else
    redis.call('ZADD', KEYS[1], now, node)
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - expiry)
  -- After a failover the new server's clock may be behind: whom the old one saw later than now would never die.
  redis.call('ZREMRANGEBYSCORE', KEYS[1], now + 60000, '+inf')
  redis.call('PEXPIRE', KEYS[1], 4 * expiry)
  nodes = redis.call('ZCARD', KEYS[1])
else
  ignore(KEYS[1])
end

local function month_of(day)
  local z = day + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  return (yoe + era * 400 + (month <= 2 and 1 or 0)) * 100 + month
end

local hour = math.floor(now / 3600000)
local day = math.floor(now / 86400000)
local month = month_of(day)
local bucket = 'h' .. (hour % 25)

local function sane(values)
  for i = 1, 9 do
    local v = values[i]
    if not (v >= 0 and v < 1e15) then
      return false
    end
  end
  return values[1] <= now + 60000
end

-- Returns the counters decayed to now, or nil; and whether they may be written. Garbage is replaced. What a newer
-- version or somebody else keeps there is left alone.
local function window_of(key)
  local packed, foreign = read('GET', key)
  if foreign then
    return nil, false
  end
  if not packed then
    return nil, true
  end
  local ours = string.sub(packed, 1, 3) == MARK
  if ours and string.byte(packed, 4) == VERSION and #packed == SIZE then
    local values = { struct.unpack(LAYOUT, packed, 5) }
    if sane(values) then
      local factor = math.exp(-math.max(0, now - values[1]) / tau)
      for i = 2, 9 do
        values[i] = values[i] * factor
      end
      return values, true
    end
  end
  ignore(key)
  return nil, not (ours and (string.byte(packed, 4) or 0) > VERSION)
end

local function any_of(at)
  for i = at, at + 7 do
    if tonumber(ARGV[i]) > 0 then
      return true
    end
  end
  return false
end

local function used_in(key, entry, period)
  if not entry then
    return 0
  end
  local at, count = string.match(entry, '^(%d+):(%d+)$')
  if not at or #at > 15 or #count > 15 then
    ignore(key)
    return 0
  end
  return tonumber(at) == period and tonumber(count) or 0
end

local function entry_of(period, count)
  return string.format('%.0f:%.0f', period, count)
end

-- Tells the nodes that listen; one that may not is no reason to fail.
local function hint(key, field, epoch)
  local provider = string.match(key, '}:p:(.*):st$')
  if provider then
    redis.pcall('PUBLISH', (string.gsub(KEYS[1], 'nodes$', 'ev')), string.format('%s,%s,%.0f', provider, field, epoch))
  end
end

-- Returns epoch, end and words of an order that stands at a field, or nil; and whether it may be written.
local function order_of(key, text)
  if not text then
    return nil, true
  end
  local version, rest = string.match(text, '^(%d+) (.*)$')
  local epoch, ends, words = string.match(rest or '', '^(%d+) (%d+) (%S+ .*)$')
  if version == '1' and epoch and #epoch <= 15 and #ends <= 15 and #words <= 1000 and not string.find(words, '%c') then
    epoch, ends = tonumber(epoch), tonumber(ends)
    if epoch <= now + 60000 and ends <= now + LONGEST_ORDER then
      return { epoch, ends, words }, true
    end
  end
  ignore(key)
  return nil, not version or version == '0' or version == '1'
end

-- Returns what stands at a field after an order, if there is one: the one that was given last counts, whenever it comes.
-- One that was given just now counts in any case, for after a failover the server's clock may be behind.
local function ordered(key, field, text, order)
  local known, writable = order_of(key, text)
  local epoch, age, left, words = string.match(order, '^(%d+) (%d+) (%d+) (%S+ .*)$')
  if fresh and writable and epoch then
    local at = epoch == '0' and now - tonumber(age) or tonumber(epoch)
    if known and epoch == '0' and tonumber(age) < JUST_NOW then
      at = math.max(at, known[1] + 1)
    end
    if at <= now + 60000 and (not known or at > known[1]) then
      known = { at, now + tonumber(left), words }
      redis.call('HSET', key, field, string.format('1 %.0f %.0f %s', known[1], known[2], words))
      redis.call('PEXPIRE', key, LONGEST_ORDER)
      hint(key, field, known[1])
    end
  end
  if not known then
    return ''
  end
  return string.format('%.0f %.0f %.0f %s', known[1], math.max(0, now - known[1]), math.max(0, known[2] - now), known[3])
end

local answer = { now, fresh and 1 or 0, stored, nodes, ignored, culprit }
local at = 6
for i = 3, #KEYS, 3 do
  local win, use, state = KEYS[i], KEYS[i + 1], KEYS[i + 2]

  local values, writable = window_of(win)
  if fresh and any_of(at) then
    values = values or { now, 0, 0, 0, 0, 0, 0, 0, 0 }
    values[1] = now
    for j = 0, 7 do
      values[j + 2] = values[j + 2] + tonumber(ARGV[at + j])
    end
    if writable then
      local packed = MARK .. string.char(VERSION) .. struct.pack(LAYOUT, unpack(values, 1, 9))
      redis.call('SET', win, packed, 'PX', 20 * tau)
    end
  end

  local used_today, used_this_month = 0, 0
  local entries, foreign = read('HMGET', use, 'day', 'month', bucket)
  if not foreign then
    used_today = used_in(use, entries[1], day)
    used_this_month = used_in(use, entries[2], month)
    local used, returned = string.match(ARGV[at + 8], '^(%d+)(.*)$')
    used = tonumber(used)
    if fresh and (used > 0 or returned ~= '') then
      local used_this_hour = used_in(use, entries[3], hour) + used
      used_today = used_today + used
      used_this_month = used_this_month + used
      for from, count in string.gmatch(returned, '(%d+) (%d+)') do
        local then_hour = tonumber(from)
        local then_day = math.floor(then_hour / 24)
        count = tonumber(count)
        used_today = then_day == day and math.max(0, used_today - count) or used_today
        used_this_month = month_of(then_day) == month and math.max(0, used_this_month - count) or used_this_month
        if then_hour == hour then
          used_this_hour = math.max(0, used_this_hour - count)
        else
          local earlier = 'h' .. (then_hour % 25)
          local used_then = used_in(use, redis.call('HGET', use, earlier), then_hour)
          if used_then > 0 then
            redis.call('HSET', use, earlier, entry_of(then_hour, math.max(0, used_then - count)))
          end
        end
      end
      redis.call('HSET', use, 'day', entry_of(day, used_today), 'month', entry_of(month, used_this_month),
        bucket, entry_of(hour, used_this_hour))
      redis.call('EXPIRE', use, USAGE_TTL)
    end
  end

  -- Missing is not healthy: of a provider that nobody has used, nothing is said.
  if values or used_this_month > 0 then
    values = values or { now, 0, 0, 0, 0, 0, 0, 0, 0 }
    answer[#answer + 1] = string.format('%.6f %.6f %.6f %.6f %.6f %.6f %.6f %.6f %.0f %.0f',
      values[2], values[3], values[4], values[5], values[6], values[7], values[8], values[9],
      used_today, used_this_month)
  else
    answer[#answer + 1] = ''
  end

  local texts, other = read('HMGET', state, 'use', 'weight', 'circuit', 'hold')
  if other then
    for _ = 1, 4 do
      answer[#answer + 1] = ''
    end
  else
    answer[#answer + 1] = ordered(state, 'use', texts[1], ARGV[at + 9])
    answer[#answer + 1] = ordered(state, 'weight', texts[2], ARGV[at + 10])
    -- As they stand: whoever asks reads them by the time of this answer.
    answer[#answer + 1] = texts[3] or ''
    answer[#answer + 1] = texts[4] or ''
  end
  at = at + 11
end

answer[5] = ignored
answer[6] = culprit
return answer
