-- Decides whether the whole fleet leaves a provider alone, by what one node tells. It may run late, twice or never: what
-- a node did under another epoch than the one that stands decides nothing.
--
-- KEYS: the provider's state; the nodes.
-- ARGV: what happened, the channel, the provider, the node, its epoch; then in ms how long ago it happened, the first and
-- the longest time to be left alone, and the longest time of a trial; then chance, 0 to 1. With 'known' the circuit itself
-- follows, for a store that has lost it: state, age, least, left, trips, holder, lease, nodes, failed; times relative, in ms.
--
-- A circuit stands as '1 epoch state since least until trips holder lease nodes failed', times of the server in ms; what
-- nodes have seen as '1 node:time ...'.

local TOGETHER = 10000
local RAMP = 30000
local LONGEST = 86400000
local LAST_IN_LINE = 10000
local MOST_WITNESSES = 8
local TTL = 8 * 86400 * 1000
local NOBODY = '-'

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local word, channel, provider, node, epoch = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local age, first, longest, trial = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local chance = tonumber(ARGV[10])

local texts = redis.pcall('HMGET', KEYS[1], 'circuit', 'evidence')
if texts.err then
  if string.sub(texts.err, 1, 9) == 'WRONGTYPE' then
    return { 0, 1 }
  end
  texts = redis.call('HMGET', KEYS[1], 'circuit', 'evidence')
end

local ignored = 0
local none = { 0, 'closed', 0, 0, 0, 0, NOBODY, 0, 0, NOBODY }

-- Returns the circuit that stands, and whether another may be written in its place.
local function circuit_of(text)
  if not text then
    return none, true
  end
  local fields = { string.match(text,
    '^1 (%d+) (%l+) (%d+) (%d+) (%d+) (%d+) (%S+) (%d+) (%d+) (%S+)$') }
  local sane = #fields == 10 and #text <= 400
  for _, i in ipairs({ 1, 3, 4, 5, 6, 8, 9 }) do
    sane = sane and #fields[i] <= 15
    fields[i] = tonumber(fields[i])
  end
  local state = fields[2]
  if sane and (state == 'open' or state == 'closed' or state == 'reset') and fields[5] - fields[3] <= LONGEST then
    return fields, true
  end
  ignored = ignored + 1
  local version = string.match(text, '^(%d+) ')
  return none, not version or version == '0' or version == '1'
end

local known, writable = circuit_of(texts[1])
if not writable then
  return { 0, ignored }
end
local stands, state, since, least, ends, trips, holder, lease, nodes, failed = unpack(known)

local function decide(...)
  local text = string.format('1 %.0f %s %.0f %.0f %.0f %.0f %s %.0f %.0f %s', ...)
  redis.call('HSET', KEYS[1], 'circuit', text)
  redis.call('PEXPIRE', KEYS[1], TTL)
  local new = select(1, ...)
  if new ~= stands then
    -- A hint only: a user that may not give it has decided all the same.
    redis.pcall('PUBLISH', channel, provider .. ',circuit,' .. string.format('%.0f', new))
  end
end

-- Higher than any epoch that any node has heard, even where the store was wiped or its clock went back.
local function next_epoch()
  return math.max(stands + 1, epoch + 1, now)
end

local function open(witnesses, by)
  -- A row of trips ends with a provider that has stayed for the whole ramp.
  local row = (state == 'open' or now - since < RAMP) and math.min(trips, 20) or 0
  local most = math.min(first * 2 ^ row, longest, LONGEST)
  local half = math.floor(most / 2)
  decide(next_epoch(), 'open', now, now + half, now + half + math.floor((most - half) * chance), row + 1,
    NOBODY, 0, witnesses, by)
end

-- Where a trial has closed it just now, whoever opened it may have been wrong: one node more is needed than the last time,
-- of those that there are.
local function needed()
  if state ~= 'closed' or now - since >= RAMP or nodes == 0 then
    return 2
  end
  local alive = redis.pcall('ZCARD', KEYS[2])
  alive = type(alive) == 'number' and math.max(2, alive) or MOST_WITNESSES
  return math.min(nodes + 1, alive, MOST_WITNESSES)
end

-- Returns the nodes that have seen failures lately, this one among them.
local function witnesses()
  local seen, count = { node .. ':' .. string.format('%.0f', now - age) }, 1
  local list = string.match(texts[2] or '', '^1 (.*)$') or ''
  for who, at in string.gmatch(list, '([%w%._%-]+):(%d+)') do
    local known_at = #at <= 15 and tonumber(at) or 0
    if who ~= node and count < MOST_WITNESSES and now - known_at <= TOGETHER and known_at <= now + TOGETHER then
      count = count + 1
      seen[count] = who .. ':' .. at
    end
  end
  return seen, count
end

local changed = 0
if word == 'opened' then
  if epoch >= stands and not (state == 'open' and epoch == stands) and age <= TOGETHER then
    local seen, count = witnesses()
    changed = 1
    if count >= needed() then
      open(count, NOBODY)
      redis.call('HDEL', KEYS[1], 'evidence')
    else
      redis.call('HSET', KEYS[1], 'evidence', '1 ' .. table.concat(seen, ' '))
      redis.call('PEXPIRE', KEYS[1], TTL)
    end
  end
elseif word == 'wanted' then
  -- A lease that seems to last longer than any was given by a server whose clock was ahead.
  local free = holder == NOBODY or holder == node or lease <= now or lease > now + trial
  -- Whose trial has failed is the last in line: it may be its own network that fails.
  local turn = failed == node and ends + math.min(LAST_IN_LINE, ends - since) or least
  local due = now >= turn or now < since
  if epoch == stands and state == 'open' and free and due then
    decide(stands, state, since, least, ends, trips, node, now + trial, nodes, failed)
    changed = 1
  end
elseif word == 'passed' then
  if epoch == stands and state == 'open' then
    decide(next_epoch(), 'closed', now, now, now, trips, NOBODY, 0, nodes, NOBODY)
    changed = 1
  end
elseif word == 'failed' then
  if epoch == stands and state == 'open' then
    open(nodes, node)
    changed = 1
  end
elseif word == 'reset' then
  -- What was decided after it was given stands.
  if stands <= epoch or since <= now - age then
    decide(next_epoch(), 'reset', now, now, now, 0, NOBODY, 0, 0, NOBODY)
    redis.call('HDEL', KEYS[1], 'evidence', 'hold')
    changed = 1
  end
elseif word == 'known' then
  if epoch > stands then
    local old, low, left, row = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])
    decide(epoch, ARGV[11], now - old, now + low, now + left, row, ARGV[16], now + tonumber(ARGV[17]),
      tonumber(ARGV[18]), ARGV[19])
    changed = 1
  end
end
return { changed, ignored }
