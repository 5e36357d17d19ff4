// encoder.cpp: values from the Lua stack into a buffer, in one pass.
//
// Nothing here may raise a Lua error, so only the raw part of the C API is used, on types that have
// been asked for. A table is written while lua_next walks it, before its size is known: its head is
// left open, and the few bytes that turn out to be needed are inserted later. The length operator
// is not asked: for a sparse table it may answer 2^62.
#include <cstdio>
#include <lua.hpp>
#include <new>
#include <optional>

#include "runtime/codec.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/refusal.hpp"
#include "runtime/wire_writer.hpp"

namespace moonwright::runtime {

namespace {

// For a key, a value, and what to_ref() needs to look at one.
constexpr int kSlotsPerTable = 6;
constexpr std::size_t kKeptBytes = 4096;
constexpr std::size_t kKeptRefs = 64;
constexpr char kNoMemoryText[] = "out of memory";  // short enough for a string without a heap

// A table under construction.
struct OpenTable {
  std::size_t head;         // where its head was left open
  std::uint32_t count = 0;  // of the entries after that head
  bool fields = false;      // an array as long as keys come as 1, 2, 3, ...
};

class TableWalk {
 public:
  TableWalk(lua_State* L, int top, const MessageLimits& limits, ByteBuffer& out, RefList& refs,
            SeenTables& seen) noexcept
      : L_(L),
        top_(top),
        limits_(limits),
        writer_(out, limits.bytes_max),
        refs_(refs),
        seen_(seen),
        entries_left_(limits.entries_max) {}

  // Leaves what it pushed on the stack if it answers false.
  bool run(int first, int count) {
    if (!writer_.begin()) return refuse_bytes();
    seen_.begin();
    for (int i = 0; i < count; ++i) {
      argument_ = i + 1;
      if (!claim_entry() || !value(first + i, top_, 1)) return false;
    }
    return writer_.finish(shared_) || refuse_bytes();
  }

  // Why run() answered false.
  Error refusal() {
    return refusal_ ? refusal_->end(argument_) : Error{ErrorCode::memory_limit, kNoMemoryText, {}};
  }

 private:
  bool value(int index, int top, std::uint32_t depth);
  bool number(int index);
  bool string(int index);
  [[gnu::noinline]] bool actor(int index);
  [[gnu::noinline]] bool table(int index, int top, std::uint32_t depth);
  bool entry(OpenTable& open, int top, std::uint32_t depth);
  bool begin_fields(OpenTable& open);

  bool claim_entry() {
    if (entries_left_ == 0) return refuse_entries();
    --entries_left_;
    return true;
  }

  // Each answers false, for its caller to pass on.
  [[gnu::cold]] bool refuse_type(int index);
  [[gnu::cold]] bool refuse_depth();
  [[gnu::cold]] bool refuse_entries();
  [[gnu::cold]] bool refuse_bytes();
  [[gnu::cold]] void add_step(int key);

  lua_State* const L_;
  const int top_;
  const MessageLimits& limits_;
  wire::Writer writer_;
  RefList& refs_;
  SeenTables& seen_;
  std::uint32_t entries_left_;
  int argument_ = 0;
  bool shared_ = false;             // a back reference has been written
  std::optional<Refusal> refusal_;  // if none, a failure is for want of memory
};

// `top` is the topmost slot in use; what is above is free for the walk.
bool TableWalk::value(int index, int top, std::uint32_t depth) {
  const int type = lua_type(L_, index);
  if (type == LUA_TSTRING) return string(index) || refuse_bytes();
  if (type == LUA_TNUMBER) return number(index) || refuse_bytes();
  if (type == LUA_TTABLE) return table(index, top, depth);
  if (type == LUA_TBOOLEAN) return writer_.boolean(lua_toboolean(L_, index) != 0) || refuse_bytes();
  if (type == LUA_TNIL) return writer_.nil() || refuse_bytes();
  if (type == LUA_TUSERDATA) return actor(index);
  return refuse_type(index);
}

bool TableWalk::number(int index) {
  return lua_isinteger(L_, index) != 0 ? writer_.integer(lua_tointegerx(L_, index, nullptr))
                                       : writer_.real(lua_tonumberx(L_, index, nullptr));
}

bool TableWalk::string(int index) {
  std::size_t length = 0;
  const char* text = lua_tolstring(L_, index, &length);
  return writer_.string({text, length});
}

bool TableWalk::actor(int index) {
  if (lua_checkstack(L_, kSlotsPerTable) == 0) return false;
  const detail::RefTarget* target = to_ref(L_, index);
  const bool is_grant = target == nullptr;
  if (is_grant) target = to_grant(L_, index);
  if (target == nullptr) return refuse_type(index);
  const std::uint32_t number =
      static_cast<std::uint32_t>(refs_.size()) | (is_grant ? wire::kControlBit : 0);
  refs_.push_back(ActorRef::of(target));
  return writer_.extension(wire::kExtActor, number) || refuse_bytes();
}

bool TableWalk::table(int index, int top, std::uint32_t depth) {
  const std::uint32_t number = seen_.visit(lua_topointer(L_, index));
  if (number == SeenTables::kNoMemory) return false;
  if (number != SeenTables::kNew) {
    shared_ = true;
    return writer_.extension(wire::kExtTable, number) || refuse_bytes();
  }
  if (depth > limits_.depth_max) return refuse_depth();
  if (lua_checkstack(L_, kSlotsPerTable) == 0) return false;

  OpenTable open{.head = writer_.size()};
  if (!writer_.open_head()) return refuse_bytes();
  lua_pushnil(L_);
  while (lua_next(L_, index) != 0) {
    if (!entry(open, top, depth)) {
      add_step(top + 1);
      return false;
    }
    lua_settop(L_, top + 1);
  }
  // An empty table might be either; it is a map.
  writer_.close_head(open.head, open.fields || open.count == 0, open.count);
  return true;
}

bool TableWalk::entry(OpenTable& open, int top, std::uint32_t depth) {
  const int key = top + 1;
  const int item = top + 2;
  if (!claim_entry()) return false;
  if (!open.fields) {
    const bool next = lua_isinteger(L_, key) != 0 &&
                      lua_tointegerx(L_, key, nullptr) == lua_Integer{open.count} + 1;
    if (!next && !begin_fields(open)) return refuse_bytes();
  }
  if (++open.count == wire::kFixCountMax + 1 && !writer_.widen_head(open.head)) {
    return refuse_bytes();
  }
  if (open.fields && !value(key, item, depth + 1)) return false;
  return value(item, item, depth + 1);
}

// The first key that does not continue the array: from here on there are pairs.
bool TableWalk::begin_fields(OpenTable& open) {
  open.fields = true;
  if (open.count == 0) return true;
  writer_.close_head(open.head, false, open.count);
  if (!writer_.mixed(open.head)) return false;
  open = {.head = writer_.size(), .fields = true};
  return writer_.open_head();
}

bool TableWalk::refuse_type(int index) {
  const char* reason = "a userdata cannot be sent (of the host's values only actors can)";
  if (lua_type(L_, index) == LUA_TFUNCTION) {
    reason = "a function cannot be sent (send data, or an actor that has the function)";
  } else if (lua_type(L_, index) == LUA_TTHREAD) {
    reason = "a coroutine cannot be sent (send data, or an actor that runs it)";
  }
  refusal_.emplace().begin(ErrorCode::unsupported, reason);
  return false;
}

bool TableWalk::refuse_depth() {
  refusal_.emplace().too_deep(limits_);
  return false;
}

bool TableWalk::refuse_entries() {
  refusal_.emplace().too_many_entries(limits_);
  return false;
}

bool TableWalk::refuse_bytes() {
  if (!writer_.out_of_memory()) refusal_.emplace().too_many_bytes(limits_);
  return false;
}

// One step of the refusal's path, while the key is still on the stack.
void TableWalk::add_step(int key) {
  if (!refusal_) return;
  if (lua_type(L_, key) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* text = lua_tolstring(L_, key, &size);
    refusal_->in_field({text, size});
  } else if (lua_isinteger(L_, key) != 0) {
    refusal_->in_index(lua_tointegerx(L_, key, nullptr));
  } else if (lua_type(L_, key) == LUA_TNUMBER) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.14g", lua_tonumberx(L_, key, nullptr));
    refusal_->in_other(text);
  } else if (lua_type(L_, key) == LUA_TBOOLEAN) {
    refusal_->in_other(lua_toboolean(L_, key) != 0 ? "true" : "false");
  } else {
    refusal_->in_other(lua_typename(L_, lua_type(L_, key)));
  }
}

}  // namespace

bool Encoder::encode(lua_State* L, int first, int count, const MessageLimits& limits) noexcept {
  refs_.clear();
  const int top = lua_gettop(L);
  // The texts of a refusal allocate. No frame of Lua's lies between here and their throw.
  try {
    TableWalk walk(L, top, limits, buffer_, refs_, seen_);
    if (walk.run(first, count)) return true;
    error_ = walk.refusal();
  } catch (const std::bad_alloc&) {
    error_ = Error{ErrorCode::memory_limit, kNoMemoryText, {}};
  }
  lua_settop(L, top);
  buffer_.truncate(0);
  refs_.clear();
  return false;
}

void Encoder::trim() noexcept {
  buffer_.clear(kKeptBytes);
  refs_.clear();
  if (refs_.capacity() > kKeptRefs) RefList().swap(refs_);
  seen_.trim();
}

}  // namespace moonwright::runtime
