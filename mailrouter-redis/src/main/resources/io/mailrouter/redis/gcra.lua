-- Grants a node turns at a provider, spaced by its rate over all nodes. Run twice, or for a node that does not hear of it,
-- they are only lost.
--
-- KEYS: the provider's rate, which holds when the next turn comes, in microseconds.
-- ARGV: the time between two turns in microseconds; how many turns at least; how many of them must have come within the
-- time given last; how many are of use; how many that nobody took may be made up for; that time, in microseconds.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local interval, least, open = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local useful, burst, within = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local ignored = 0
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then
  if string.sub(stored.err, 1, 9) ~= 'WRONGTYPE' then
    return redis.call('GET', KEYS[1])
  end
  return { -1, 0, 1 }
end
local next_turn = now - burst * interval
if stored then
  local at = #stored <= 17 and string.match(stored, '^%d+$') and tonumber(stored)
  -- After a failover the server's clock may be behind. Nobody is kept waiting longer for that than for a large email.
  if at and at <= now + 60000000 + 1000 * interval then
    next_turn = math.max(next_turn, at)
  else
    ignored = 1
  end
end

local first = next_turn - now
local opens = first + (open - 1) * interval
if opens > within then
  return { 0, math.ceil(opens), ignored }
end
local granted = math.max(least, useful)
local following = next_turn + granted * interval
redis.call('SET', KEYS[1], string.format('%.0f', following),
  'PX', math.max(1000, math.ceil((following - now) / 1000) + 1000))
return { granted, math.ceil(first), ignored }
