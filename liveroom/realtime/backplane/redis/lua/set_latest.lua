-- Keeps and tells an absolute value, unless one of a higher version is there.
-- KEYS: values. ARGV: run, deadline, keep_s, channel, kind, value, term, number.
-- Returns: whether it was taken.
local known = redis.call('HGET', KEYS[1], ARGV[5])
if known then
  local term, number = string.match(known, '^(%-?%d+) (%-?%d+) ')
  term, number = tonumber(term), tonumber(number)
  local new_term, new_number = tonumber(ARGV[7]), tonumber(ARGV[8])
  if term > new_term or (term == new_term and number > new_number) then
    return 0
  end
end
redis.call('HSET', KEYS[1], ARGV[5], ARGV[7] .. ' ' .. ARGV[8] .. ' ' .. ARGV[6])
if not known and redis.call('TTL', KEYS[1]) == -1 then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
redis.call('SPUBLISH', ARGV[4], 'l' .. ARGV[5] .. ' ' .. ARGV[7] .. ' ' .. ARGV[8] .. '\n' .. ARGV[6])
return 1
