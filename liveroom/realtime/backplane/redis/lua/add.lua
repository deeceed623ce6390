-- Adds to counters, once for each key.
-- KEYS: sums, then the key of the addition, if it has one.
-- ARGV: run, deadline, keep_s, key_ttl_s, then name, amount, floor ...: a sum below its floor was lost, and is raised.
-- Returns: the totals in order, separated by spaces, after the two first words of a record.
if KEYS[2] then
  local known = redis.call('GET', KEYS[2])
  if known then
    return known
  end
end
local totals = {}
for at = 5, #ARGV, 3 do
  local name, amount, floor = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  if floor > 0 and floor > tonumber(redis.call('HGET', KEYS[1], name) or '0') then
    redis.call('HSET', KEYS[1], name, string.format('%.0f', floor))
  end
  totals[#totals + 1] = string.format('%.0f', redis.call('HINCRBY', KEYS[1], name, amount))
end
if redis.call('TTL', KEYS[1]) == -1 then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
local record = '0 - 0:' .. table.concat(totals, ' ')
if KEYS[2] then
  redis.call('SET', KEYS[2], record, 'EX', ARGV[4])
end
return record
