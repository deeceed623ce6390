-- Before every script that needs a position. Opens the room at KEYS[1]; a server that may have forgotten something
-- (another run than the one that wrote last) starts a new epoch, and goes on with the number it knows.
local function open_room(key, run, fresh_epoch, keep_s)
  local known = redis.call('HMGET', key, 'epoch', 'seq', 'bytes', 'run')
  local epoch, seq, bytes = known[1], tonumber(known[2]) or 0, tonumber(known[3]) or 0
  if not epoch or known[4] ~= run then
    epoch = fresh_epoch
    redis.call('HSET', key, 'epoch', epoch, 'run', run)
    redis.call('EXPIRE', key, keep_s)
  end
  return epoch, seq, bytes
end
