-- Takes tokens from buckets. A bucket is a key whose remaining life is the time until it is full again, less the
-- fraction of a millisecond that is its value; a bucket that is full has no key.
-- KEYS: buckets. ARGV: run, deadline, then for each bucket: tokens per second, most tokens, cost; a negative cost gives tokens back.
-- Returns: for each 0 when taken, else the milliseconds until it could be.
local waits = {}
for index, key in ipairs(KEYS) do
  local at = 3 * index
  local per_ms, burst = tonumber(ARGV[at]) / 1000, tonumber(ARGV[at + 1])
  local cost = math.min(tonumber(ARGV[at + 2]), burst)
  local lacking_ms, life_ms = 0, redis.call('PTTL', key)
  if life_ms > 0 then
    lacking_ms = math.max(0, life_ms - tonumber(redis.call('GET', key)))
  end
  local tokens = math.max(0, burst - lacking_ms * per_ms)
  if tokens >= cost - 1e-6 then
    lacking_ms = lacking_ms + cost / per_ms
    local whole_ms = math.ceil(lacking_ms)
    if whole_ms > 0 then
      redis.call('SET', key, string.format('%.6f', whole_ms - lacking_ms), 'PX', string.format('%.0f', whole_ms))
    elseif cost < 0 then
      redis.call('DEL', key)
    end
    waits[index] = 0
  else
    waits[index] = math.max(1, math.floor((cost - tokens) / per_ms) + 1)
  end
end
return waits
