-- objects.lua: a binary tree of objects with a metatable, built and walked.
local Node = {}
Node.__index = Node

function Node.new(depth)
  local node = setmetatable({ depth = depth }, Node)
  if depth > 0 then
    node.left, node.right = Node.new(depth - 1), Node.new(depth - 1)
  end
  return node
end

function Node:count()
  if not self.left then return 1 end
  return 1 + self.left:count() + self.right:count()
end

return { run = function(units)
  for _ = 1, 2 * units do assert(Node.new(10):count() == 2047) end
end }
