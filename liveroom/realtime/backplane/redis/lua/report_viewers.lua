-- Writes the viewers of one node and sums up those of all nodes that are alive.
-- KEYS: viewers. ARGV: run, deadline, node, viewers, valid for this many ms.
-- Returns: the sum.
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local valid_ms = tonumber(ARGV[5])
if ARGV[4] == '0' then
  redis.call('HDEL', KEYS[1], ARGV[3])
else
  redis.call('HSET', KEYS[1], ARGV[3], ARGV[4] .. ' ' .. string.format('%.0f', now_ms + valid_ms))
  redis.call('PEXPIRE', KEYS[1], valid_ms)
end
local sum, entries = 0, redis.call('HGETALL', KEYS[1])
for at = 1, #entries, 2 do
  local viewers, until_ms = string.match(entries[at + 1], '^(%d+) (%d+)$')
  if tonumber(until_ms) > now_ms then
    sum = sum + viewers
  else
    redis.call('HDEL', KEYS[1], entries[at])
  end
end
return sum
