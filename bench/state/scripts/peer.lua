-- peer.lua PROGRAM UNITS WARM: runs a program as plain `lua` does, and prints the processor time
-- of UNITS after WARM units that are not counted.
local path, units, warm = ...
local program = dofile(path)
program.run(assert(math.tointeger(tonumber(warm))))
units = assert(math.tointeger(tonumber(units)))
local start = os.clock()
program.run(units)
print("cpu_ms", (os.clock() - start) * 1000)
