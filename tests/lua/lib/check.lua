-- check.lua: the few words that these tests are written in.
local actor = require "actor"
local check = {}

-- Seconds after which something counts as hung. No passing test waits that long.
local PATIENCE = 30

local function show(value)
  if type(value) == "string" then return ("%q"):format(value) end
  return tostring(value)
end

-- Where two values differ, as text; nil if they are equal. Tables are equal if their contents are.
local function difference(actual, expected, path)
  if type(actual) ~= "table" or type(expected) ~= "table" then
    if actual == expected then return nil end
    return ("%s is %s, expected %s"):format(path, show(actual), show(expected))
  end
  for key in pairs(expected) do
    local found = difference(actual[key], expected[key], ("%s[%s]"):format(path, show(key)))
    if found then return found end
  end
  for key in pairs(actual) do
    if expected[key] == nil then return ("%s[%s] is not expected"):format(path, show(key)) end
  end
end

-- Runs one test, named after the fact that it proves. The first failure ends the program.
function check.test(name, f)
  local ok, err = xpcall(actor.within, function(err)
    return debug.traceback(tostring(err), 2)
  end, PATIENCE, f)
  if not ok then error(("not true that %s: %s"):format(name, err), 0) end
end

function check.eq(actual, expected, what)
  local found = difference(actual, expected, what or "value")
  if found then error(found, 2) end
end

-- The results of `f(...)` as a list with `n`.
function check.results(f, ...) return table.pack(f(...)) end

-- That `err` is a structured error of this code.
function check.is_error(err, code, level)
  local message = type(err) == "table" and err.message
  if type(message) ~= "string" or err.code ~= code then
    error(("expected an error of code %s, got %s (code %s)"):format(
      code, tostring(err), type(err) == "table" and tostring(err.code) or "none"), (level or 1) + 1)
  end
  return err
end

-- That `f(...)` raises a structured error of this code; returns the error.
function check.raises(code, f, ...)
  local ok, err = pcall(f, ...)
  if ok then error("expected an error of code " .. code .. ", got none", 2) end
  return check.is_error(err, code, 2)
end

-- That a send was refused: `check.refused("overload", ref:send("x"))`; returns the error.
function check.refused(code, sent, err)
  if sent ~= false then error("expected send to return false, got " .. tostring(sent), 2) end
  return check.is_error(err, code, 2)
end

-- That `text` contains `part`, taken literally.
function check.contains(text, part)
  if type(text) ~= "string" or not text:find(part, 1, true) then
    error(("%s does not contain %s"):format(show(text), show(part)), 2)
  end
end

-- Waits until `condition()` is true. The clock is the test's own deadline.
function check.eventually(condition)
  while not condition() do actor.sleep(0.001) end
end

-- An actor from source text.
function check.spawn(source, ...)
  return actor.spawn{ source = source, args = { ... }, chunk_name = "test" }
end

-- An actor that answers `echo` with its arguments.
function check.echo() return actor.spawn("actors/echo.lua") end

-- A watcher, already watching `ref`: `watcher:call("ending")` waits for its end and returns the
-- reason and the info that monitors get.
function check.watch(ref)
  return actor.spawn{ script = "actors/watcher.lua", args = { ref }, wait = true }
end

-- An actor whose handlers wait for each other: `pass` waits until `open` was called.
function check.gate() return actor.spawn("actors/gate.lua") end

return check
