-- The position of a room that a node listens to; its keys live on.
-- KEYS: room, history, values, sums. ARGV: run, deadline, epoch if a new one is needed, keep_s.
-- Returns: epoch, number.
local epoch, seq = open_room(KEYS[1], ARGV[1], ARGV[3], ARGV[4])
for _, key in ipairs(KEYS) do
  redis.call('EXPIRE', key, ARGV[4])
end
return {epoch, seq}
