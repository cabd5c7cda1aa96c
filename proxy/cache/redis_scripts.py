"""What runs inside Redis: a lookup, and each change of several keys, is one script and thus one step.

Every key that a script touches stands in KEYS, as clusters want it and DragonflyDB insists on; keys of one call share
a hash tag. A hash holds the responses of one resource: in `v` the names of the fields that select among them, and one
field for each (proxy/cache/redis_layout.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Command: TypeAlias = tuple[str | bytes | int, ...]


@dataclass(frozen=True, slots=True)
class Script:
    source: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        # SHA-1 is how the protocol names a script; nothing rests on its strength.
        object.__setattr__(self, "sha", hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest())

    def call(self, keys: Sequence[str | bytes], *arguments: str | bytes | int) -> Command:
        return ("EVALSHA", self.sha, len(keys), *keys, *arguments)


FIND: Final = Script(r"""
-- KEYS: the hash, the lock. ARGV: the request's fields, ms to lock for (0: don't), who locks.
-- Returns the entry or nil, and 1 if another holds the lock.
local vary = redis.call('HGET', KEYS[1], 'v')
local entry = false
if vary then
  local field = 'e'
  for name in string.gmatch(vary, '[^,]+') do
    local _, before = string.find(ARGV[1], '\n' .. name .. ':', 1, true)
    if before then
      local behind = string.find(ARGV[1], '\n', before + 1, true)
      field = field .. '\n' .. string.sub(ARGV[1], before + 1, behind - 1)
    else
      field = field .. '\n-'
    end
  end
  entry = redis.call('HGET', KEYS[1], field)
end
if entry or ARGV[2] == '0' then
  return {entry, 0}
end
if redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[2]) or redis.call('GET', KEYS[2]) == ARGV[3] then
  return {false, 0}
end
return {false, 1}
""")

COMMIT: Final = Script(r"""
-- KEYS: the hash, the chunks of the body. ARGV: names of the selecting fields, field, entry, ms to live, ms for chunks,
-- bytes of an entry that tell its chunks, most fields.
-- Returns the beginnings of the entries that went, or nil if a chunk is missing.
for index = 2, #KEYS do
  if redis.call('PEXPIRE', KEYS[index], ARGV[5]) == 0 then
    return false
  end
end
local gone = {}
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'hash' or redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then
  if kind == 'hash' then
    for _, entry in ipairs(redis.call('HVALS', KEYS[1])) do
      gone[#gone + 1] = string.sub(entry, 1, tonumber(ARGV[6]))
    end
  end
  redis.call('DEL', KEYS[1])
elseif redis.call('HEXISTS', KEYS[1], ARGV[2]) == 1 then
  gone[1] = string.sub(redis.call('HGET', KEYS[1], ARGV[2]), 1, tonumber(ARGV[6]))
elseif redis.call('HLEN', KEYS[1]) > tonumber(ARGV[7]) then
  -- Any other makes room, as when Redis itself evicts.
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if field ~= 'v' then
      gone[1] = string.sub(redis.call('HGET', KEYS[1], field), 1, tonumber(ARGV[6]))
      redis.call('HDEL', KEYS[1], field)
      break
    end
  end
end
local left = redis.call('PTTL', KEYS[1])
redis.call('HSET', KEYS[1], 'v', ARGV[1], ARGV[2], ARGV[3])
if tonumber(ARGV[4]) > left then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return gone
""")

DROP: Final = Script(r"""
-- KEYS: the hash. ARGV: bytes of an entry that tell its chunks. Returns the beginnings of the entries that went.
local gone = {}
if redis.call('TYPE', KEYS[1])['ok'] == 'hash' then
  for _, entry in ipairs(redis.call('HVALS', KEYS[1])) do
    gone[#gone + 1] = string.sub(entry, 1, tonumber(ARGV[1]))
  end
end
redis.call('DEL', KEYS[1])
return gone
""")

UNLOCK: Final = Script(r"""
-- KEYS: the lock. ARGV: who locked.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
""")

SYNC: Final = Script(r"""
-- KEYS: the log's state, its events. ARGV: the last number known and its mark, number and mark to begin anew with.
-- Returns number, floor and mark of the log, and its events from the known number on, each with its number.
-- A log that is not there, or whose past is not the one known (a failover, a restored backup), begins anew.
local known = tonumber(ARGV[1])
local state = {false, false, false}
if redis.call('TYPE', KEYS[1])['ok'] == 'hash' then
  state = redis.call('HMGET', KEYS[1], 'number', 'floor', 'mark')
end
local number, floor = tonumber(state[1] or ''), tonumber(state[2] or '')
local kind = redis.call('TYPE', KEYS[2])['ok']
if number and number > 9e15 then
  number = nil -- Doubles count exactly up to 2^53.
end
local sound = number and floor and state[3] and floor <= number and number >= known
sound = sound and (kind == 'zset' or kind == 'none')
if sound and number == known then
  sound = state[3] == ARGV[2]
elseif sound and known > floor then
  local event = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], ARGV[1])[1]
  sound = event and string.sub(event, 1, #ARGV[2]) == ARGV[2]
end
if not sound then
  local first = string.format('%.0f', math.max(tonumber(ARGV[3]), known + 1, (number or 0) + 1))
  redis.call('DEL', KEYS[1])
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'number', first, 'floor', first, 'mark', ARGV[4])
  return {first, first, ARGV[4], {}}
end
return {state[1], state[2], state[3], redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], '+inf', 'WITHSCORES')}
""")

PUBLISH: Final = Script(r"""
-- KEYS: the log's state, its events. ARGV: mark, event, most events.
-- Returns 1, or 0 where there is no log. Publishing again what is there changes nothing.
if redis.call('HEXISTS', KEYS[1], 'number') == 0 then
  return 0
end
if redis.call('ZSCORE', KEYS[2], ARGV[2]) then
  return 1
end
local number = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'number', 1))
redis.call('ZADD', KEYS[2], number, ARGV[2])
redis.call('HSET', KEYS[1], 'mark', ARGV[1])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
if over > 0 then
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, over - 1)
  redis.call('HSET', KEYS[1], 'floor', string.format('%.0f', tonumber(number) - tonumber(ARGV[3])))
end
return 1
""")

SCRIPTS: Final = (FIND, COMMIT, DROP, UNLOCK, SYNC, PUBLISH)
