-- Adds to counters, once for each key.
-- KEYS: sums, then the key of the addition, if it has one. ARGV: run, deadline, keep_s, key_ttl_s, then name, amount ...
-- Returns: the totals in order, separated by spaces, after the two first words of a record.
if KEYS[2] then
  local known = redis.call('GET', KEYS[2])
  if known then
    return known
  end
end
local totals = {}
for at = 5, #ARGV, 2 do
  totals[#totals + 1] = string.format('%.0f', redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1]))
end
if redis.call('TTL', KEYS[1]) == -1 then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
local record = '0 - 0:' .. table.concat(totals, ' ')
if KEYS[2] then
  redis.call('SET', KEYS[2], record, 'EX', ARGV[4])
end
return record
