// decoder.cpp: values from a buffer onto the Lua stack.
//
// Memory errors leave by longjmp through every function here, so that all locals are trivially
// destructible. Everything else that can be wrong with the bytes is found before Lua could raise
// an error about it: a nil or NaN key, a count beyond the end, a reference to what is not there.
#include <climits>
#include <lua.hpp>
#include <type_traits>

#include "runtime/codec.hpp"
#include "runtime/ref_userdata.hpp"
#include "runtime/wire_reader.hpp"

namespace moonwright::runtime {

namespace {

using wire::Kind;
using wire::Token;

// For a table, a key, a value, and what push_ref() needs to make one.
constexpr int kSlotsPerTable = 8;
constexpr int kSlotsAhead = 12;
// More arguments than any Lua function could take.
constexpr int kValuesMax = LUAI_MAXSTACK / 2;

int do_nothing(lua_State* /*L*/) { return 0; }

// lua_checkstack, but it raises the memory error instead of answering no: a call needs
// LUA_MINSTACK slots itself, and fails as Lua does. Afterwards there are that many.
// Requires: one free slot.
void ensure_stack(lua_State* L, int slots) {
  if (lua_checkstack(L, slots) != 0) return;
  lua_pushcfunction(L, do_nothing);
  lua_call(L, 0, 0);
  (void)lua_checkstack(L, slots);
}
static_assert(kSlotsPerTable + kSlotsAhead <= LUA_MINSTACK);

class Decoder {
 public:
  Decoder(lua_State* L, std::string_view bytes, const RefList& refs, std::uint32_t depth_max)
      : L_(L), reader_(bytes), refs_(refs), depth_max_(depth_max) {}

  // The number of values pushed, or -1.
  int run() {
    const int base = lua_gettop(L_);
    int slots = 0;
    if (reader_.skip_shared_prefix()) {
      ensure_stack(L_, kSlotsPerTable);
      lua_createtable(L_, 0, 0);
      memo_ = base + 1;
    }
    int count = 0;
    for (; !reader_.at_end(); ++count) {
      if (slots-- == 0) {
        ensure_stack(L_, kSlotsPerTable + kSlotsAhead);
        slots = kSlotsAhead - 1;
      }
      if (count == kValuesMax || !value(reader_.next(), 0)) {
        lua_settop(L_, base);
        return -1;
      }
    }
    if (memo_ != 0) lua_remove(L_, memo_);
    return count;
  }

 private:
  bool value(const Token& token, std::uint32_t depth);
  bool table(const Token& token, std::uint32_t depth);
  bool elements(std::uint32_t count, std::uint32_t depth);
  bool fields(std::uint32_t count, std::uint32_t depth);
  bool key(const Token& token, std::uint32_t depth);
  bool known_table(std::uint32_t number);
  bool actor(std::uint32_t number);

  lua_State* const L_;
  wire::Reader reader_;
  const RefList& refs_;
  const std::uint32_t depth_max_;
  std::uint32_t tables_ = 0;
  int memo_ = 0;  // where the table of tables is, if the message has shared ones
};
static_assert(std::is_trivially_destructible_v<Decoder>);

// Pushes one value, of which `token` has been read.
bool Decoder::value(const Token& token, std::uint32_t depth) {
  switch (token.kind) {
    case Kind::nil: lua_pushnil(L_); return true;
    case Kind::boolean: lua_pushboolean(L_, static_cast<int>(token.count)); return true;
    case Kind::integer: lua_pushinteger(L_, token.integer); return true;
    case Kind::real: lua_pushnumber(L_, token.real); return true;
    case Kind::string: lua_pushlstring(L_, token.text, token.count); return true;
    case Kind::array:
    case Kind::map:
    case Kind::mixed: return table(token, depth + 1);
    case Kind::table: return known_table(token.count);
    case Kind::actor: return actor(token.count);
    case Kind::object:
    case Kind::name:
    case Kind::corrupt: break;
  }
  return false;
}

bool Decoder::table(const Token& token, std::uint32_t depth) {
  if (depth > depth_max_) return false;
  Token array = token;
  if (token.kind == Kind::mixed) {
    array = reader_.next();
    if (array.kind != Kind::array) return false;
  }
  if (array.count > INT_MAX / 2) return false;

  ensure_stack(L_, kSlotsPerTable);
  const int count = static_cast<int>(array.count);
  if (array.kind == Kind::array) {
    lua_createtable(L_, count, 0);
  } else {
    lua_createtable(L_, 0, count);
  }
  if (memo_ != 0) {
    lua_pushvalue(L_, -1);
    lua_rawseti(L_, memo_, lua_Integer{++tables_});
  }
  if (array.kind == Kind::map) return fields(array.count, depth);
  if (!elements(array.count, depth)) return false;
  if (token.kind == Kind::array) return true;
  const Token map = reader_.next();
  return map.kind == Kind::map && fields(map.count, depth);
}

bool Decoder::elements(std::uint32_t count, std::uint32_t depth) {
  for (std::uint32_t i = 1; i <= count; ++i) {
    if (!value(reader_.next(), depth)) return false;
    lua_rawseti(L_, -2, lua_Integer{i});
  }
  return true;
}

bool Decoder::fields(std::uint32_t count, std::uint32_t depth) {
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!key(reader_.next(), depth) || !value(reader_.next(), depth)) return false;
    lua_rawset(L_, -3);
  }
  return true;
}

bool Decoder::key(const Token& token, std::uint32_t depth) {
  if (token.kind == Kind::nil) return false;
  if (token.kind == Kind::real && token.real != token.real) return false;
  return value(token, depth);
}

bool Decoder::known_table(std::uint32_t number) {
  if (memo_ == 0 || number >= tables_) return false;
  lua_rawgeti(L_, memo_, lua_Integer{number} + 1);
  return true;
}

bool Decoder::actor(std::uint32_t number) {
  const std::uint32_t index = number & ~wire::kControlBit;
  if (index >= refs_.size() || !refs_[index]) return false;
  push_ref(L_, refs_[index].target());
  if (index != number) set_granted(L_, -1);
  return true;
}

}  // namespace

int decode(lua_State* L, std::string_view bytes, const RefList& refs, std::uint32_t depth_max) {
  return Decoder(L, bytes, refs, depth_max).run();
}

std::string_view peek_name(std::string_view bytes) noexcept {
  wire::Reader reader(bytes);
  (void)reader.skip_shared_prefix();
  const Token token = reader.next();
  return token.kind == Kind::string ? token.view() : std::string_view();
}

}  // namespace moonwright::runtime
