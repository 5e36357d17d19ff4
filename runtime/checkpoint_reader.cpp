// checkpoint_reader.cpp: see checkpoint_reader.hpp.
//
// Everything from run() on is left by longjmp when there is no memory. What has a destructor is
// either a member or made where nothing can raise.
#include "runtime/checkpoint_reader.hpp"

#include <algorithm>
#include <cassert>
#include <climits>
#include <lua.hpp>
#include <new>
#include <tuple>

#include "runtime/checkpoint_body.hpp"
#include "runtime/ref_userdata.hpp"

namespace moonwright::runtime {

namespace {

using wire::Kind;
using wire::NameKind;
using wire::NameRoot;
using wire::Part;
using wire::Token;

constexpr std::uint64_t kNone = ~std::uint64_t{0};
constexpr std::size_t kBytesPerWork = 64;

// The stack during a step. The tables that are open come last: the outermost ones have slots of
// their own, and those within share the last one. Above the current table may be a key whose value
// comes next.
constexpr int kOuter = 2;     // by depth: the tables around the current one that have no slot
constexpr int kNumbered = 3;  // what is named again, by number
constexpr int kRecent = 4;    // the strings of recent_
constexpr int kRecents = 32;  // as in the header
constexpr int kOpen = kRecent + kRecents;
constexpr std::size_t kOpenSlots = 12;
constexpr int kSlotsNeeded = kOpen + static_cast<int>(kOpenSlots) + 16;

// What the anchor keeps between steps, and in the end.
constexpr int kKeptOuter = 1;
constexpr int kKeptNumbered = 2;
constexpr int kKeptCurrent = 3;
constexpr int kKeptKey = 4;
constexpr int kKeptParts = 5;

bool is_table(Kind kind) noexcept {
  return kind == Kind::array || kind == Kind::map || kind == Kind::mixed || kind == Kind::object;
}

// Where a short string belongs among the recent ones. Names of fields differ in these bytes.
std::size_t slot_of(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [text](std::size_t at) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(text[at]));
  };
  const std::uint64_t sample =
      text.size() << 24 | byte(0) << 16 | byte(text.size() / 2) << 8 | byte(text.size() - 1);
  return (sample * 0x9e37'79b9'7f4a'7c15u) >> 59;
}
static_assert(kRecents == 1 << (64 - 59));

// A call of memcmp costs more than most strings here are worth.
bool is_same(const char* recent, std::string_view text) noexcept {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    if (wire::load<std::uint64_t>(recent + at) != wire::load<std::uint64_t>(&text[at]))
      return false;
  }
  for (; at < text.size(); ++at) {
    if (recent[at] != text[at]) return false;
  }
  return true;
}

// How many numbers there are in a list: each ends with the byte that has no mark.
std::size_t count_numbers(std::string_view list) noexcept {
  return static_cast<std::size_t>(
      std::count_if(list.begin(), list.end(), [](char c) { return (c & 0x80) == 0; }));
}

}  // namespace

Result<std::vector<std::string>> modules_of(const Checkpoint& checkpoint) {
  wire::Reader reader(checkpoint.body().values.view(), wire::Dialect::checkpoint);
  const Token head = reader.next();
  std::vector<std::string> modules;
  for (std::uint32_t i = 0; head.kind == Kind::array && i < head.count; ++i) {
    const Token name = reader.next();
    if (name.kind != Kind::string) break;
    modules.emplace_back(name.view());
  }
  if (head.kind == Kind::array && modules.size() == head.count) return modules;
  return fail(ErrorCode::corrupt, "the checkpoint does not begin with the names of modules");
}

CheckpointReader::CheckpointReader(State& state, Checkpoint checkpoint, int behaviour_anchor)
    : state_(state),
      checkpoint_(std::move(checkpoint)),
      behaviour_anchor_(behaviour_anchor),
      reader_(checkpoint_.body().values.view(), wire::Dialect::checkpoint),
      again_(checkpoint_.body().again.view()) {
  next_again_ = 0;
  find_next_again();
}

CheckpointProgress CheckpointReader::step(std::size_t work) noexcept {
  if (done_) return CheckpointProgress::done;
  if (failed_) return CheckpointProgress::refused;
  lua_State* L = state_.lua();
  work_ = work;
  // Nothing that is made here is garbage. When memory runs out it is collected all the same.
  const bool collects = lua_gc(L, LUA_GCISRUNNING) != 0;
  lua_gc(L, LUA_GCSTOP);
  auto run_so_far = state_.protect(run, this);
  if (collects) lua_gc(L, LUA_GCRESTART);
  if (!run_so_far) {
    failed_ = true;
    error_ = std::move(run_so_far.error());
  }
  if (failed_) drop_anchor();
  return failed_ ? CheckpointProgress::refused
         : done_ ? CheckpointProgress::done
                 : CheckpointProgress::more;
}

int CheckpointReader::run(lua_State* L) {
  auto* self = static_cast<CheckpointReader*>(lua_touserdata(L, 1));
  try {
    self->open(L);
    while (self->work_ > 0 && !self->frames_.empty()) {
      if (!self->read_entries(L)) {
        self->failed_ = true;
        return 0;
      }
    }
    self->keep(L);
  } catch (const std::bad_alloc&) {
    self->failed_ = true;
    self->error_ = Error{ErrorCode::memory_limit, "out of memory", {}};
  }
  return 0;
}

int CheckpointReader::current() const noexcept {
  return kOpen - 1 + static_cast<int>(std::min(frames_.size(), kOpenSlots));
}

void CheckpointReader::open(lua_State* L) {
  static_assert(kRecents == std::tuple_size_v<decltype(recent_)>);
  luaL_checkstack(L, kSlotsNeeded, "cannot restore a checkpoint");
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, this) == LUA_TNIL) begin(L);
  recent_.fill({});
  lua_rawgeti(L, 2, kKeptOuter);
  lua_rawgeti(L, 2, kKeptNumbered);
  lua_settop(L, kOpen);
  for (std::size_t depth = 1; depth < std::min(frames_.size(), kOpenSlots); ++depth) {
    lua_rawgeti(L, 3, static_cast<lua_Integer>(depth));
  }
  lua_rawgeti(L, 2, kKeptCurrent);
  if (key_is_read_) lua_rawgeti(L, 2, kKeptKey);
  lua_remove(L, 2);
  assert(lua_gettop(L) == current() + (key_is_read_ ? 1 : 0));
}

// The first step makes what the anchor keeps.
void CheckpointReader::begin(lua_State* L) {
  lua_settop(L, 1);
  lua_createtable(L, kKeptParts, 0);
  lua_pushvalue(L, 2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, this);
  anchored_ = true;
  lua_createtable(L, static_cast<int>(kOpenSlots), 0);
  lua_rawseti(L, 2, kKeptOuter);
  // Each number takes a byte, so no more is reserved here than some forty times their size.
  const std::size_t numbers = std::min<std::size_t>(
      {count_numbers(checkpoint_.body().again.view()), checkpoint_.body().values.size(), INT_MAX});
  lua_createtable(L, 0, static_cast<int>(numbers));
  lua_rawseti(L, 2, kKeptNumbered);
  lua_createtable(L, wire::kParts, 0);
  lua_pushvalue(L, 3);
  lua_rawseti(L, 2, kKeptParts);
  lua_rawseti(L, 2, kKeptCurrent);
  frames_.push_back({.left = wire::kParts});
}

void CheckpointReader::keep(lua_State* L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, this);
  if (frames_.empty()) {
    if (!reader_.at_end()) {
      failed_ = !corrupt();
      return;
    }
    done_ = true;
    // The rest has served.
    for (const int slot : {kKeptOuter, kKeptNumbered, kKeptCurrent, kKeptKey}) {
      lua_pushnil(L);
      lua_rawseti(L, -2, slot);
    }
    return;
  }
  for (std::size_t depth = 1; depth < std::min(frames_.size(), kOpenSlots); ++depth) {
    lua_pushvalue(L, kOpen - 1 + static_cast<int>(depth));
    lua_rawseti(L, kOuter, static_cast<lua_Integer>(depth));
  }
  lua_pushvalue(L, current());
  lua_rawseti(L, -2, kKeptCurrent);
  if (key_is_read_) {
    lua_pushvalue(L, current() + 1);
    lua_rawseti(L, -2, kKeptKey);
  }
}

void CheckpointReader::drop_anchor() noexcept {
  if (!std::exchange(anchored_, false)) return;
  lua_State* L = state_.lua();
  if (lua_checkstack(L, 1) == 0) return;  // then it goes with the state
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, this);
}

// Tables -----------------------------------------------------------------------------------------

// Reads entries of the current table until the work is done, a table is entered, or it is complete.
bool CheckpointReader::read_entries(lua_State* L) {
  const std::size_t depth = frames_.size();
  while (work_ > 0) {
    Frame& frame = frames_.back();
    if (frame.left == 0 && !key_is_read_) return finish(L, frame);
    --work_;
    if (!(frame.is_map ? read_pair(L, frame) : read_element(L, frame))) return false;
    if (frames_.size() != depth) return true;
  }
  return true;
}

bool CheckpointReader::read_element(lua_State* L, Frame& frame) {
  --frame.left;
  const auto index = lua_Integer{++frame.index};
  const Token token = reader_.next();
  if (frames_.size() == 1 && !begin_part(token)) return false;
  Frame opened;
  const Pushed pushed = push(L, token, opened);
  if (pushed == Pushed::nothing) return false;
  if (pushed == Pushed::value) {
    lua_rawseti(L, current(), index);
    return true;
  }
  lua_pushvalue(L, -1);
  lua_rawseti(L, current(), index);
  enter(L, opened);
  return true;
}

bool CheckpointReader::read_pair(lua_State* L, Frame& frame) {
  Frame opened;
  if (!key_is_read_) {
    --frame.left;
    const Token key = reader_.next();
    if (key.kind == Kind::nil || (key.kind == Kind::real && key.real != key.real)) return corrupt();
    const Pushed pushed = push(L, key, opened);
    if (pushed == Pushed::nothing) return false;
    if (pushed == Pushed::table) {
      opened.is_key = true;
      enter(L, opened);
      return true;
    }
    key_is_read_ = true;
  }
  const Pushed pushed = push(L, reader_.next(), opened);
  if (pushed == Pushed::nothing) return false;
  key_is_read_ = false;
  if (pushed == Pushed::value) {
    lua_rawset(L, current());
    return true;
  }
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -2);
  lua_rawset(L, current());
  enter(L, opened);
  return true;
}

// The entries of this kind are there: goes on with what follows them, or with the table around.
bool CheckpointReader::finish(lua_State* L, Frame& frame) {
  if (std::exchange(frame.is_mixed, false)) {
    reader_.unclaim(frame.fields);
    const Token map = reader_.next();
    if (map.kind != Kind::map || map.count != frame.fields) return corrupt();
    frame.is_map = true;
    frame.left = map.count;
    return true;
  }
  if (std::exchange(frame.has_metatable, false)) {
    Frame opened;
    const Token token = reader_.next();
    if (!is_table(token.kind) && token.kind != Kind::table && token.kind != Kind::name) {
      return corrupt();
    }
    const Pushed pushed = push(L, token, opened);
    if (pushed == Pushed::nothing) return false;
    if (pushed == Pushed::value) return set_metatable(L);
    opened.is_metatable = true;
    enter(L, opened);
    return true;
  }
  const Frame done = frame;
  frames_.pop_back();
  if (frames_.empty()) return true;
  leave(L);
  if (done.is_metatable) return set_metatable(L);
  key_is_read_ = done.is_key;
  if (!done.is_key) lua_settop(L, current());
  return true;
}

// Takes the metatable off the stack. Lua looks for a finalizer now and not later; scripts cannot
// have any.
bool CheckpointReader::set_metatable(lua_State* L) {
  if (lua_type(L, -1) != LUA_TTABLE) return corrupt();
  lua_pushliteral(L, "__gc");
  if (lua_rawget(L, -2) != LUA_TNIL) return corrupt();
  lua_pop(L, 1);
  lua_setmetatable(L, current());
  return true;
}

// Makes the table at the top of the stack the current one.
void CheckpointReader::enter(lua_State* L, const Frame& frame) {
  const std::size_t depth = frames_.size();
  if (depth >= kOpenSlots) {
    lua_pushvalue(L, current());
    lua_rawseti(L, kOuter, static_cast<lua_Integer>(depth));
  }
  frames_.push_back(frame);
  if (lua_gettop(L) == current()) return;
  lua_replace(L, current());
  lua_settop(L, current());
}

// Makes the table around the one that is complete the current one, with that above it.
void CheckpointReader::leave(lua_State* L) {
  if (frames_.size() < kOpenSlots) return;
  lua_rawgeti(L, kOuter, static_cast<lua_Integer>(frames_.size()));
  lua_insert(L, current());
}

bool CheckpointReader::begin_part(const Token& token) {
  part_ = static_cast<Part>(frames_.front().index - 1);
  const bool is_list = part_ == Part::modules || part_ == Part::results;
  if (token.kind == Kind::nil && !is_list) return true;
  if (token.kind != (is_list ? Kind::array : Kind::map)) return corrupt();
  if (part_ == Part::globals) has_globals_ = true;
  if (part_ == Part::results) results_ = token.count;
  return results_ <= LUAI_MAXSTACK / 2 || corrupt();
}

// Values -----------------------------------------------------------------------------------------

CheckpointReader::Pushed CheckpointReader::push(lua_State* L, const Token& token, Frame& opened) {
  const auto pushed = [](bool done) { return done ? Pushed::value : Pushed::nothing; };
  switch (token.kind) {
    case Kind::string: push_string(L, token); return Pushed::value;
    case Kind::integer: lua_pushinteger(L, token.integer); return Pushed::value;
    case Kind::real: lua_pushnumber(L, token.real); return Pushed::value;
    case Kind::boolean: lua_pushboolean(L, static_cast<int>(token.count)); return Pushed::value;
    case Kind::nil: lua_pushnil(L); return Pushed::value;
    case Kind::array:
    case Kind::map:
    case Kind::mixed:
    case Kind::object: return push_table(L, token, opened);
    case Kind::table: return pushed(push_again(L, token.count));
    case Kind::actor: return pushed(push_actor(L, token.count));
    case Kind::name: return pushed(push_named(L, token.view()));
    case Kind::corrupt: break;
  }
  return pushed(corrupt());
}

// Lua would have to look for each short string among all that the state has. Most are names of
// fields, a few of which come again and again.
void CheckpointReader::push_string(lua_State* L, const Token& token) {
  const std::string_view text = token.view();
  if (text.size() > wire::kPlainStringBytesMax) {
    lua_pushlstring(L, text.data(), text.size());
    work_ -= std::min(work_, text.size() / kBytesPerWork);
    if (part_ != Part::modules) number_top(L);
    return;
  }
  const std::size_t slot = slot_of(text);
  const int index = kRecent + static_cast<int>(slot);
  Recent& recent = recent_[slot];
  if (recent.size == text.size() && recent.text != nullptr && is_same(recent.text, text)) {
    lua_pushvalue(L, index);
    return;
  }
  lua_pushlstring(L, text.data(), text.size());
  lua_copy(L, -1, index);
  recent = {text.data(), token.count};
}

CheckpointReader::Pushed CheckpointReader::push_table(lua_State* L, const Token& token,
                                                      Frame& opened) {
  Token head = token;
  if (head.kind == Kind::object) {
    opened.has_metatable = true;
    head = reader_.next();
  }
  if (head.kind == Kind::mixed) {
    opened.is_mixed = true;
    opened.fields = head.count;
    head = reader_.next();
    if (head.kind != Kind::array) head = {};
  }
  const std::uint32_t elements = head.kind == Kind::array ? head.count : 0;
  const std::uint32_t pairs = head.kind == Kind::map ? head.count : opened.fields;
  if ((head.kind != Kind::array && head.kind != Kind::map) || elements > INT_MAX / 2 ||
      pairs > INT_MAX / 2) {
    return corrupt() ? Pushed::value : Pushed::nothing;
  }
  opened.left = head.count;
  opened.is_map = head.kind == Kind::map;
  lua_createtable(L, static_cast<int>(elements), static_cast<int>(pairs));
  if (has_numbers()) number_top(L);
  return Pushed::table;
}

// The parts themselves have no numbers, and neither have the maps of the patches.
bool CheckpointReader::has_numbers() const noexcept {
  return frames_.size() > 2 || (frames_.size() == 2 && part_ != Part::patches);
}

// Gives the value at the top of the stack its number, and remembers it if it is named again.
void CheckpointReader::number_top(lua_State* L) {
  if (count_++ != next_again_) return;
  find_next_again();
  lua_pushvalue(L, -1);
  lua_rawseti(L, kNumbered, lua_Integer{count_});
}

// A list that is wrong leads to numbers that nothing is found under.
void CheckpointReader::find_next_again() noexcept {
  std::uint64_t distance = 0;
  std::size_t at = 0;
  for (; at < again_.size() && at < 5; ++at) {
    distance |= static_cast<std::uint64_t>(again_[at] & 0x7f) << (7 * at);
    if ((again_[at] & 0x80) != 0) continue;
    next_again_ = count_ + distance;
    again_.remove_prefix(at + 1);
    return;
  }
  next_again_ = kNone;
  again_ = {};
}

bool CheckpointReader::push_again(lua_State* L, std::uint32_t number) {
  return lua_rawgeti(L, kNumbered, lua_Integer{number} + 1) != LUA_TNIL || corrupt();
}

bool CheckpointReader::push_actor(lua_State* L, std::uint32_t number) {
  const RefList& refs = checkpoint_.body().refs;
  const std::uint32_t index = number & ~wire::kControlBit;
  if (index >= refs.size() || !refs[index]) return corrupt();
  push_ref(L, refs[index].target());
  if (index != number) set_granted(L, -1);
  number_top(L);
  return true;
}

bool CheckpointReader::push_named(lua_State* L, std::string_view name) {
  if (name.size() < 2) return corrupt();
  const int base = lua_gettop(L);
  const auto kind = static_cast<NameKind>(name[0]);
  std::string_view steps = name.substr(2);
  bool in_globals = false;
  switch (static_cast<NameRoot>(name[1])) {
    case NameRoot::globals:
      lua_pushglobaltable(L);
      in_globals = true;
      break;
    case NameRoot::module: lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE); break;
    case NameRoot::behaviour: lua_rawgeti(L, LUA_REGISTRYINDEX, behaviour_anchor_); break;
    default: return corrupt();
  }
  while (!steps.empty() && lua_type(L, -1) == LUA_TTABLE) {
    const std::string_view step = steps.substr(0, steps.find(wire::kNameSeparator));
    steps.remove_prefix(std::min(steps.size(), step.size() + 1));
    lua_pushlstring(L, step.data(), step.size());
    if (lua_rawget(L, -2) == LUA_TNIL && in_globals &&
        lua_topointer(L, -2) == state_.lazy_globals()) {
      // Not opened yet: as long as this is so, the metatable of the globals is ours.
      lua_pop(L, 1);
      lua_pushlstring(L, step.data(), step.size());
      lua_gettable(L, -2);
    }
    lua_remove(L, -2);
    in_globals = false;
  }
  const int type = steps.empty() ? lua_type(L, -1) : LUA_TNIL;
  const bool fits = (kind == NameKind::function && type == LUA_TFUNCTION) ||
                    (kind == NameKind::table && type == LUA_TTABLE) ||
                    (kind == NameKind::userdata && type == LUA_TUSERDATA);
  if (!fits) {
    // What code no longer exists needs no data.
    const bool is_patch = frames_.size() == 2 && part_ == Part::patches && !key_is_read_;
    if (!is_patch || kind != NameKind::table) return gone(name);
    lua_settop(L, base);
    lua_createtable(L, 0, 0);
  }
  number_top(L);
  return true;
}

bool CheckpointReader::corrupt() {
  error_ =
      Error{ErrorCode::corrupt, "the values of the checkpoint are not what they claim to be", {}};
  return false;
}

bool CheckpointReader::gone(std::string_view name) {
  error_ = Error{ErrorCode::incompatible,
                 "the script has no " +
                     std::string(name[0] == 'f'   ? "function "
                                 : name[0] == 't' ? "table "
                                                  : "userdata ") +
                     readable_name(name) + ", to which the checkpoint refers",
                 {}};
  return false;
}

// The result -------------------------------------------------------------------------------------

Result<void> CheckpointReader::restore_globals() {
  assert(done_);
  return has_globals_ ? state_.protect(set_globals, this) : Result<void>();
}

int CheckpointReader::set_globals(lua_State* L) {
  auto* self = static_cast<CheckpointReader*>(lua_touserdata(L, 1));
  lua_rawgetp(L, LUA_REGISTRYINDEX, self);
  lua_rawgeti(L, -1, kKeptParts);
  const int parts = lua_gettop(L);
  const auto part = [](Part of) { return lua_Integer{static_cast<int>(of)} + 1; };

  lua_pushglobaltable(L);
  lua_rawgeti(L, parts, part(Part::globals));
  for (lua_pushnil(L); lua_next(L, -2) != 0;) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, parts + 1);
  }
  lua_settop(L, parts);
  if (lua_rawgeti(L, parts, part(Part::patches)) != LUA_TTABLE) return 0;
  for (lua_pushnil(L); lua_next(L, parts + 1) != 0; lua_pop(L, 1)) {
    const int table = lua_gettop(L) - 1;
    if (lua_type(L, table) != LUA_TTABLE || lua_type(L, table + 1) != LUA_TTABLE) continue;
    for (lua_pushnil(L); lua_next(L, table + 1) != 0;) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, table);
    }
  }
  return 0;
}

int CheckpointReader::push_values(lua_State* L) const {
  assert(done_);
  const auto count = static_cast<int>(results_);
  luaL_checkstack(L, count + 3, "too many values of a checkpoint");
  const int top = lua_gettop(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, this);
  lua_rawgeti(L, -1, kKeptParts);
  lua_rawgeti(L, -1, static_cast<int>(Part::results) + 1);
  for (int i = 1; i <= count; ++i) lua_rawgeti(L, top + 3, i);
  lua_remove(L, top + 1);
  lua_remove(L, top + 1);
  lua_remove(L, top + 1);
  return count;
}

}  // namespace moonwright::runtime
