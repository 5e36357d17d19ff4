-- expect: ok held sandbox: none
-- A script that was granted one folder to read, and nothing to write.
local actor = require "actor"
for _, level in ipairs{ "restricted", "strict" } do
  local child = actor.spawn{
    sandbox = { level = level, capabilities = { fs = { read = { "inner" } } } },
    source = [[
      local actor, fs = require "actor", require "fs"
      return { look = function()
        assert(fs.read("inner/init.lua"):find("inner"))
        for _, path in ipairs{
          "module.lua", "inner/../module.lua", "inner/./../module.lua", "../gc_is_refused.lua",
          "/etc/passwd",
          "inner/../../gc_is_refused.lua", "link_up/gc_is_refused.lua", "link_out.lua", "inner/\0",
          "", ".",
          "/proc/self/environ", "inner/../inner/../module.lua", "innermost/x", "inner2",
          "/dev/stdin",
          ("inner/"):rep(1000), ("../"):rep(1000) .. "etc/passwd",
            "inner//../..//gc_is_refused.lua",
        } do
          for _, name in ipairs{ "read", "list", "stat" } do
            assert(not pcall(fs[name], path) or path == "", name .. " of " .. path)
          end
        end
        for _, path in ipairs{ "inner/new", "inner/init.lua", "new", "inner" } do
          assert(not pcall(fs.write, path, "x") and not pcall(fs.append, path, "x"),
            path .. " written")
          assert(not pcall(fs.remove, path), path .. " removed")
        end
        for _, wrong in ipairs{ 1, true, {}, print } do
          for _, f in pairs(fs) do assert(not pcall(f, wrong, wrong, wrong)) end
        end
        for _, n in ipairs{ -1, 1 << 62, 0 / 0, math.mininteger } do
          pcall(fs.read, "inner/init.lua", n, n)
          pcall(fs.read, "inner/init.lua", 0, n)
        end
        for _, grant in ipairs{ { read = { "." } }, { read = { "inner/.." } },
          { write = { "inner" } } } do
          local ok = pcall(actor.spawn, { source = "",
            sandbox = { capabilities = { fs = grant } } })
          assert(not ok, "it grants more than it has")
        end
        local grandchild = actor.spawn{
          source = "return { f = function() return (pcall(require, 'fs')) end }",
        }
        return grandchild:call("f") == false
      end }
    ]],
  }
  assert(child:call("look"))
end
return "held"
