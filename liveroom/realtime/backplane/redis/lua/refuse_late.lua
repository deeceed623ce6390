-- Before every script that changes something. Whoever asked has given up by then and may ask again:
-- what was stuck in a buffer must not be carried out on top of it.
local function is_late(deadline_ms)
  local time = redis.call('TIME')
  return time[1] * 1000 + time[2] / 1000 > tonumber(deadline_ms)
end
if is_late(ARGV[2]) then
  return redis.error_reply('LATE the deadline of this call has passed')
end
