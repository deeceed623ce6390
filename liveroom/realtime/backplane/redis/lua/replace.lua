-- Keeps other bytes for events of the history, under the numbers they have.
-- KEYS: room, history. ARGV: run, deadline, epoch if a new one is needed, keep_s, known epoch, then number and payload
-- of each.
-- Returns: how many were replaced; those that are gone are passed over.
local epoch, seq, bytes = open_room(KEYS[1], ARGV[1], ARGV[3], ARGV[4])
if epoch ~= ARGV[5] then
  return 0
end
local kept = redis.call('LLEN', KEYS[2])
local replaced = 0
for at = 6, #ARGV, 2 do
  local index = tonumber(ARGV[at]) - (seq - kept + 1)
  if index >= 0 and index < kept then
    bytes = bytes + #ARGV[at + 1] - #redis.call('LINDEX', KEYS[2], index)
    redis.call('LSET', KEYS[2], index, ARGV[at + 1])
    replaced = replaced + 1
  end
end
redis.call('HSET', KEYS[1], 'bytes', bytes)
return replaced
