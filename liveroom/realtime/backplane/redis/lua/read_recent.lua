-- The position of a room, and the newest events that led there.
-- KEYS: room, history. ARGV: run, deadline, epoch if a new one is needed, keep_s, most events.
-- Returns: epoch, number, events.
local epoch, seq = open_room(KEYS[1], ARGV[1], ARGV[3], ARGV[4])
local most = math.min(tonumber(ARGV[5]), seq)
if most == 0 then
  return {epoch, seq, {}}
end
return {epoch, seq, redis.call('LRANGE', KEYS[2], -most, -1)}
