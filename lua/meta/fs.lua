---@meta fs

---Files, for actors that were granted some:
---`sandbox = { capabilities = { fs = { read = { "data" } } } }`. Relative paths begin at the
---program's folder. All functions raise `denied` for what was not granted, `not_found`, `io` and
---`invalid_argument`, and block the actor's worker while the system works.
local fs = {}

---The bytes of a file, or of a part of it; at most 16 MiB at a time.
---@param path string
---@param offset? integer from 0 on
---@param bytes? integer
---@return string
function fs.read(path, offset, bytes) end

---Makes a file with this content, or replaces that of one. Returns the number of bytes.
---@param path string
---@param text string
---@return integer
function fs.write(path, text) end

---Adds to the end of a file, which is made if it is not there. Returns the number of bytes.
---@param path string
---@param text string
---@return integer
function fs.append(path, text) end

---The names in a folder, sorted.
---@param path string
---@return string[]
function fs.list(path) end

---What a path leads to; nil if there is nothing.
---@param path string
---@return { kind: "file"|"folder"|"other", size: integer, modified: number }?
function fs.stat(path) end

---Removes a file.
---@param path string
---@return true
function fs.remove(path) end

return fs
