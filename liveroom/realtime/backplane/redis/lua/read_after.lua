-- The position of a room, and the events after another one.
-- KEYS: room, history. ARGV: run, deadline, epoch if a new one is needed, keep_s, known epoch, known number.
-- Returns: epoch, number, and the events; false when they are gone.
local epoch, seq = open_room(KEYS[1], ARGV[1], ARGV[3], ARGV[4])
local missing = seq - tonumber(ARGV[6])
if epoch ~= ARGV[5] or missing < 0 or missing > redis.call('LLEN', KEYS[2]) then
  return {epoch, seq, false}
end
if missing == 0 then
  return {epoch, seq, {}}
end
return {epoch, seq, redis.call('LRANGE', KEYS[2], -missing, -1)}
