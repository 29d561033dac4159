-- The life of one key, exactly as IdempotencyStore tells it. Whoever holds the key is known by a word that no other claim
-- ever uses, and only the server's clock counts, so a call may run late, twice or never.
--
-- KEYS: the record, a hash.
-- ARGV: 'claim', owner, fingerprint, ms to keep, ms of the lease, the owner whose unclear record may be taken over or ''
--       'renew', owner, fingerprint, ms to keep, ms of the lease
--       'settle', owner, fingerprint, ms to keep, state, provider, message id, code, others
-- Answers 'granted' and how often; 'busy' and ms left; 'conflict'; 'settled' with state, provider, message id, code,
-- others, owner and age in ms; 'done' or 'lost' to whoever renews or settles; 'unreadable', whose record is neither granted
-- nor changed.

local VERSION = '1'
local STATES = { IN_FLIGHT = true, SENT = true, AMBIGUOUS = true, NOT_SENT = true, REFUSED = true }
local FIELDS = { 'v', 'state', 'print', 'owner', 'begun', 'until', 'provider', 'id', 'code', 'others', 'times' }

local key = KEYS[1]
local what, owner, print, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function number(text)
  return text and #text <= 15 and string.match(text, '^%d+$') and tonumber(text)
end

-- Returns what is known of the key now, or nil; a record that cannot be read has no state.
local function read(values)
  local record, any = {}, false
  for i, field in ipairs(FIELDS) do
    record[field] = values[i] or ''
    any = any or values[i]
  end
  if not any then
    return nil
  end
  record.begun, record['until'] = number(record.begun), number(record['until'])
  -- Not stored while it is 1, and not counted by nodes of an older version.
  record.times = math.max(1, number(record.times) or 1)
  if record.v ~= VERSION or not STATES[record.state] or record.print == '' or record.owner == '' or not record.begun
      or record.state == 'IN_FLIGHT' and not record['until'] then
    return {}
  end
  if record.state == 'IN_FLIGHT' and record['until'] <= now then
    record.state, record.code = 'AMBIGUOUS', 'lease_ended'
  end
  return record
end

-- The first write is the one that a full server refuses: then nothing has been changed.
local function write(record)
  local set, clear = {}, {}
  for _, field in ipairs(FIELDS) do
    local value = record[field] or ''
    if value == '' then
      clear[#clear + 1] = field
    else
      set[#set + 1] = field
      set[#set + 1] = type(value) == 'number' and string.format('%.0f', value) or value
    end
  end
  redis.call('HSET', key, unpack(set))
  redis.call('HDEL', key, unpack(clear))
  redis.call('PEXPIRE', key, keep)
end

local values = redis.pcall('HMGET', key, unpack(FIELDS))
if values.err then
  return string.sub(values.err, 1, 9) == 'WRONGTYPE' and { 'unreadable' } or values
end
local record = read(values)
if record and not record.state then
  return { 'unreadable' }
end
local mine = record and record.owner == owner
local same = record and record.print == print

local function grant(begun, times)
  write({
    v = VERSION, state = 'IN_FLIGHT', print = print, owner = owner, begun = begun, ['until'] = now + tonumber(ARGV[5]),
    times = times > 1 and times or nil,
  })
  return { 'granted', times }
end

if what == 'claim' then
  if not record then
    return grant(now, 1)
  elseif record.state == 'IN_FLIGHT' then
    if mine then
      return { 'granted', record.times }
    end
    return same and { 'busy', record['until'] - now } or { 'conflict' }
  elseif record.state == 'AMBIGUOUS' and record.owner == ARGV[6] and same then
    return grant(record.begun, record.times + 1)
  elseif record.state == 'NOT_SENT' and not mine or record.state == 'REFUSED' and not same then
    return grant(now, same and record.times + 1 or 1)
  end
  return same and {
    'settled', record.state, record.provider, record.id, record.code, record.others, record.owner,
    math.max(0, now - record.begun),
  } or { 'conflict' }
end

if what == 'renew' then
  if not mine or record.state ~= 'IN_FLIGHT' then
    return { 'lost' }
  end
  redis.call('HSET', key, 'until', string.format('%.0f', now + tonumber(ARGV[5])))
  redis.call('PEXPIRE', key, keep)
  return { 'done' }
end

-- What a wiped server has forgotten is written down anew.
if record and not mine then
  return { 'lost' }
end
local final = record and (record.state == 'SENT' or record.state == 'REFUSED'
  or record.state == 'NOT_SENT' and ARGV[5] == 'AMBIGUOUS')
if not final then
  write({
    v = VERSION, state = ARGV[5], print = print, owner = owner, begun = record and record.begun or now,
    provider = ARGV[6], id = ARGV[7], code = ARGV[8], others = ARGV[9],
    times = record and record.times > 1 and ARGV[5] ~= 'SENT' and record.times or nil,
  })
end
return { 'done' }
