-- Numbers, keeps and tells the events of some publications; all of them or none.
-- KEYS: room, history, then the keys of commands.
-- ARGV: run, deadline, epoch if a new one is needed, keep_s, channel, key_ttl_s, most events, most bytes, then for each
-- publication: index of its key (0: none), its record, number of events, and for each event: head, payload.
-- Returns: epoch, then for each publication the number of its last event (0: none), or the record of its first time.
local epoch, seq, bytes = open_room(KEYS[1], ARGV[1], ARGV[3], ARGV[4])
local first_seq = seq + 1
local answers, said, payloads = {epoch}, {}, {}
local at = 9
while at <= #ARGV do
  local index, count = tonumber(ARGV[at]), tonumber(ARGV[at + 2])
  local known = index > 0 and redis.call('GET', KEYS[2 + index])
  if known then
    answers[#answers + 1] = known
  else
    for event = at + 3, at + 1 + 2 * count, 2 do
      local payload = ARGV[event + 1]
      said[#said + 1] = ARGV[event]
      said[#said + 1] = payload
      payloads[#payloads + 1] = payload
      bytes = bytes + #payload
    end
    seq = seq + count
    local own = count > 0 and seq or 0
    answers[#answers + 1] = own
    if index > 0 then
      redis.call('SET', KEYS[2 + index], own .. ' ' .. epoch .. ' ' .. ARGV[at + 1], 'EX', ARGV[6])
    end
  end
  at = at + 3 + 2 * count
end

if #payloads == 0 then
  return answers
end
local kept = 0
for from = 1, #payloads, 1000 do
  kept = redis.call('RPUSH', KEYS[2], unpack(payloads, from, math.min(from + 999, #payloads)))
end
if kept == #payloads then
  redis.call('EXPIRE', KEYS[2], ARGV[4])
end
local too_many = kept - tonumber(ARGV[7])
local most_bytes = tonumber(ARGV[8])
while too_many > 0 or (bytes > most_bytes and kept > 1) do
  local gone = redis.call('LPOP', KEYS[2], math.max(1, math.min(too_many, 1000)))
  for _, payload in ipairs(gone) do
    bytes = bytes - #payload
  end
  kept = kept - #gone
  too_many = too_many - #gone
end
redis.call('HSET', KEYS[1], 'seq', seq, 'bytes', bytes)
redis.call('SPUBLISH', ARGV[5], 'e' .. epoch .. ' ' .. first_seq .. '\n' .. table.concat(said))
return answers
