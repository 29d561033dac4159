-- Grants a node recipients of a provider's quotas. They count as used from here on, for all nodes: run twice, or for a
-- node that does not hear of it, they are only lost.
--
-- KEYS: the nodes; the provider's usage.
-- ARGV: how many at least, how many are waited for, how many are of use; the limit of the day, of the month and of the last
-- 24 hours, -1 for none; the day for which the first holds, -1 for any; the day of which the node knows what was used, -1
-- if it knows nothing, and how many in it and in its month; what the service itself has counted in the last 24 hours, -1 if
-- it was not asked, and how many of our count are not sent to yet; node expiry in ms; how many the node knows of that were
-- used in the last 24 hours.

local USAGE_TTL = 40 * 86400
local HOURS = 25

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local least, waited, useful = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local per_day, per_month, per_24_hours = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local only_day, known_day = tonumber(ARGV[7]), tonumber(ARGV[8])
local counted, unsent, expiry = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local known_24_hours = tonumber(ARGV[14])

local ignored = 0

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

-- Returns period and count of an entry, or nil.
local function parsed(entry)
  if not entry then
    return nil
  end
  local at, count = string.match(entry, '^(%d+):(%d+)$')
  if not at or #at > 15 or #count > 15 then
    ignored = ignored + 1
    return nil
  end
  return tonumber(at), tonumber(count)
end

-- Returns what was used in a period; what the node knows where nothing is stored of it: then it was lost.
local function used_in(entry, period, known)
  local at, count = parsed(entry)
  return at == period and count or known
end

local function entry_of(period, count)
  return string.format('%.0f:%.0f', period, count)
end

local nodes = redis.pcall('ZCOUNT', KEYS[1], now - expiry, '+inf')
if type(nodes) ~= 'number' then
  ignored = ignored + 1
  nodes = 1
end
nodes = math.max(1, nodes)

local fields = { 'day', 'month', 'foreign' }
for i = 0, HOURS - 1 do
  fields[#fields + 1] = 'h' .. i
end
local entries = redis.pcall('HMGET', KEYS[2], unpack(fields))
if entries.err then
  if string.sub(entries.err, 1, 9) ~= 'WRONGTYPE' then
    return redis.call('HMGET', KEYS[2], unpack(fields))
  end
  return { -1, 0, 0, 0, day, hour, 0, nodes, ignored + 1 }
end

local used_today = used_in(entries[1], day, known_day == day and tonumber(ARGV[9]) or 0)
local used_this_month = used_in(entries[2], month,
  known_day >= 0 and month_of(known_day) == month and tonumber(ARGV[10]) or 0)

-- The oldest hour has ended less than 24 hours ago: all of it counts against the limit, and to tell who else sent what the
-- service has counted, as much of it as is not over.
local ours, ours_by_time = 0, 0
for i = 0, HOURS - 1 do
  local at, count = parsed(entries[4 + i])
  if at and at % HOURS == i and at <= hour and at > hour - HOURS then
    ours = ours + count
    ours_by_time = ours_by_time + count * (at == hour - HOURS + 1 and 1 - (now % 3600000) / 3600000 or 1)
  end
end

local foreign_at, foreign = parsed(entries[3])
local write = {}
if counted >= 0 then
  foreign_at, foreign = hour, math.max(0, math.ceil(counted - math.max(0, ours_by_time - unsent)))
  write = { 'foreign', entry_of(foreign_at, foreign) }
elseif known_24_hours > 0 and not (entries[1] or entries[2] or entries[3]) then
  -- All of it was lost, hour by hour; the service's next count corrects it.
  foreign_at, foreign = hour, known_24_hours
  write = { 'foreign', entry_of(foreign_at, foreign) }
end
if not foreign_at or foreign_at > hour or foreign_at <= hour - HOURS then
  foreign = 0
end

local left_today = per_day - used_today
local left_this_month = per_month - used_this_month
local left_24_hours = per_24_hours - ours - foreign

local available = math.huge
if per_day >= 0 then
  available = math.min(available, left_today)
end
if per_month >= 0 then
  available = math.min(available, left_this_month)
end
if per_24_hours >= 0 then
  available = math.min(available, left_24_hours)
end
if only_day >= 0 and only_day ~= day then
  available = 0
end

local granted = 0
if least > 0 and available >= least then
  granted = math.max(waited, math.min(useful, math.floor(available / (4 * nodes))), least)
  granted = math.min(granted, available)
  local bucket = hour % HOURS
  local at, count = parsed(entries[4 + bucket])
  for _, word in ipairs({
    'day', entry_of(day, used_today + granted), 'month', entry_of(month, used_this_month + granted),
    'h' .. bucket, entry_of(hour, (at == hour and count or 0) + granted)
  }) do
    write[#write + 1] = word
  end
end
if #write > 0 then
  redis.call('HSET', KEYS[2], unpack(write))
  redis.call('EXPIRE', KEYS[2], USAGE_TTL)
end

return { granted, left_today - granted, left_this_month - granted, left_24_hours - granted, day, hour,
  86400000 - now % 86400000, nodes, ignored }
