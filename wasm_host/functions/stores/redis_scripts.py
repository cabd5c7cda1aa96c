"""What runs inside Redis for functions: each change that looks before it writes is one script, and thus one step.

As in proxy/cache/redis_scripts.py, every key that a script touches stands in KEYS. Time is Redis's own, which all nodes
share. A function's pairs lie in four keys with one hash tag: `values` is a hash; `names` and `expiries` are sorted
sets, by name for listing and by time, in ms, for what does not stay; `used` counts the bytes of keys and values.
"""

from __future__ import annotations

from typing import Final

from proxy.cache.redis_scripts import Script

REAPED_BY_WRITES: Final = 32
"""So many pairs that are over make room with each write: more than one, so that they become fewer."""
REAPED_BY_NEED: Final = 1000
"""So many, where a function has no room otherwise."""

INCREMENT: Final = Script(r"""
-- KEYS: a counter. ARGV: what to add, ms to live if it is new. Returns the sum, or nil where there is no number.
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(sum) == 'table' then
  if string.find(sum.err, 'integer') or string.find(sum.err, 'overflow') then
    return false
  end
  return sum
end
if redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('GET', KEYS[1]) -- A number of Lua's is exact up to 2^53 only.
""")

TAKE: Final = Script(r"""
-- KEYS: a window's count. ARGV: the most, ms that a window lasts. Returns 1 if there was room, else 0.
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
if taken >= tonumber(ARGV[1]) then
  return 0
end
redis.call('INCR', KEYS[1])
if redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
""")

_PAIRS: Final = r"""
-- KEYS: values, names, expiries, used.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function forget(key)
  local bytes = #key + redis.call('HSTRLEN', KEYS[1], key)
  if redis.call('HDEL', KEYS[1], key) == 1 then
    redis.call('DECRBY', KEYS[4], bytes)
  end
  redis.call('ZREM', KEYS[2], key)
  redis.call('ZREM', KEYS[3], key)
end

local function reap(most)
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, most)) do
    forget(key)
  end
end

local function is_over(key)
  local expiry = redis.call('ZSCORE', KEYS[3], key)
  return expiry and tonumber(expiry) <= now
end

local function current(key)
  return not is_over(key) and redis.call('HGET', KEYS[1], key)
end

local function used()
  return tonumber(redis.call('GET', KEYS[4]) or '0')
end

-- Tell whether a function may have so many more keys and bytes; less than it has is always well.
local function has_room(keys, bytes, most_keys, most_bytes)
  local function fits()
    return (keys <= 0 or redis.call('HLEN', KEYS[1]) + keys <= most_keys)
      and (bytes <= 0 or used() + bytes <= most_bytes)
  end
  if fits() then
    return true
  end
  reap(@NEED@)
  return fits()
end

-- `ms` 0 is for good, nil leaves the time as it is. Returns whether there was room.
local function put(key, value, ms, most_keys, most_bytes)
  if is_over(key) then
    forget(key)
  end
  local before = redis.call('HGET', KEYS[1], key)
  local keys, bytes = 0, #value - #(before or '')
  if not before then
    keys, bytes = 1, #key + #value
  end
  if not has_room(keys, bytes, tonumber(most_keys), tonumber(most_bytes)) then
    return false
  end
  redis.call('HSET', KEYS[1], key, value)
  redis.call('INCRBY', KEYS[4], bytes)
  redis.call('ZADD', KEYS[2], 0, key)
  if ms == '0' then
    redis.call('ZREM', KEYS[3], key)
  elseif ms then
    redis.call('ZADD', KEYS[3], string.format('%.0f', now + tonumber(ms)), key)
  end
  reap(@WRITES@)
  return true
end
""".replace("@NEED@", str(REAPED_BY_NEED)).replace("@WRITES@", str(REAPED_BY_WRITES))

PAIR_GET: Final = Script(
    _PAIRS
    + r"""
-- ARGV: key. Returns the value or nil.
return current(ARGV[1])
"""
)

PAIR_SET: Final = Script(
    _PAIRS
    + r"""
-- ARGV: key, value, ms to live, most keys, most bytes. Returns 1, or nil where there is no room.
return put(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]) and 1
"""
)

PAIR_COMPARE_AND_SET: Final = Script(
    _PAIRS
    + r"""
-- ARGV: key, value, ms to live, most keys, most bytes, 1 if there must be a value, which.
-- Returns 1, 0 where it is another one, nil where there is no room.
local value = current(ARGV[1])
if (ARGV[6] == '1' and value ~= ARGV[7]) or (ARGV[6] == '0' and value) then
  return 0
end
return put(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]) and 1
"""
)

PAIR_DELETE: Final = Script(
    _PAIRS
    + r"""
-- ARGV: key. Returns 1 if there was a value, else 0.
local was_there = current(ARGV[1])
forget(ARGV[1])
return was_there and 1 or 0
"""
)

PAIR_INCREMENT: Final = Script(
    _PAIRS
    + r"""
-- ARGV: key, what to add, most keys, most bytes.
-- Returns the sum; 0 as a number where there is no number, 1 where there is no room.
if is_over(ARGV[1]) then
  forget(ARGV[1])
end
local before = redis.call('HGET', KEYS[1], ARGV[1])
local sum = redis.pcall('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
if type(sum) == 'table' then
  if string.find(sum.err, 'integer') or string.find(sum.err, 'overflow') then
    return 0
  end
  return sum
end
-- Redis alone adds exactly what Lua's numbers cannot hold; so its sum is read, taken back, and put like any value.
local text = redis.call('HGET', KEYS[1], ARGV[1])
if before then
  redis.call('HSET', KEYS[1], ARGV[1], before)
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return put(ARGV[1], text, nil, ARGV[3], ARGV[4]) and text or 1
"""
)

PAIR_KEYS: Final = Script(
    _PAIRS
    + r"""
-- ARGV: where to begin and end in the order of names, the most. Returns the names.
local page_size, found, from = 1000, {}, ARGV[1]
while true do
  local page = redis.call('ZRANGEBYLEX', KEYS[2], from, ARGV[2], 'LIMIT', 0, page_size)
  for _, key in ipairs(page) do
    if #found >= tonumber(ARGV[3]) then
      return found
    end
    if not is_over(key) then
      found[#found + 1] = key
    end
  end
  if #page < page_size then
    return found
  end
  from = '(' .. page[#page]
end
"""
)

SCRIPTS: Final = (
    INCREMENT,
    TAKE,
    PAIR_GET,
    PAIR_SET,
    PAIR_COMPARE_AND_SET,
    PAIR_DELETE,
    PAIR_INCREMENT,
    PAIR_KEYS,
)
