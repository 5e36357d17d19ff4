-- expect: ok held sandbox: strict
-- Open: a weak table tells when the collector has run, which at strict is nobody's business.
for _, mode in ipairs{ "k", "v", "kv" } do
  assert(not pcall(setmetatable, {}, { __mode = mode }), "a weak table")
end
return "held"
