// checkpoint_writer.cpp: see checkpoint_writer.hpp.
//
// No function of Lua's that could raise is called but inside push_anchor(), and none is left while
// anything here throws, so that ordinary C++ is safe.
#include "runtime/checkpoint_writer.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <lua.hpp>
#include <new>
#include <utility>

#include "moonwright/bytes.hpp"
#include "runtime/checkpoint_body.hpp"
#include "runtime/checkpoint_path.hpp"
#include "runtime/libraries.hpp"
#include "runtime/ref_userdata.hpp"

namespace moonwright::runtime {

namespace {

// The word of an object (AddressNumbers) is its number, from 1, or the index of its name.
constexpr std::uint32_t kNamed = std::uint32_t{1} << 31;
constexpr std::uint32_t kNumberMax = kNamed - 1;

constexpr unsigned kSlotsPerWork = 16;       // counted for a unit of work
constexpr std::size_t kBytesPerWork = 64;    // copied for a unit
constexpr std::size_t kPieceBytes = 64'000;  // of a string that is written in pieces
constexpr char kNoMemoryText[] = "out of memory";

// Puts what is above the first slot into a table, anchored under the address there.
int anchor_results(lua_State* L) {
  const void* key = lua_touserdata(L, 1);
  const int results = lua_gettop(L) - 1;
  lua_createtable(L, results, 0);
  lua_insert(L, 2);
  for (int i = results; i >= 1; --i) lua_rawseti(L, 2, i);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
  return 0;
}

std::string_view view(const MoonwrightValue& value) noexcept { return {value.text, value.size}; }

}  // namespace

Result<void> CheckpointWriter::begin(lua_State* L, int first, int count, int behaviour_anchor,
                                     const CodeSnapshot* code) {
#ifdef MOONWRIGHT_BUNDLED_LUA
  assert(L_ == nullptr);
  L_ = state_.lua();
  const auto no_memory = [] { return fail(ErrorCode::memory_limit, kNoMemoryText); };
  if (count > 0) {
    if (lua_checkstack(L, count + 2) == 0) return no_memory();
    lua_pushcfunction(L, anchor_results);
    lua_pushlightuserdata(L, this);
    for (int i = 0; i < count; ++i) lua_pushvalue(L, first + i);
    if (lua_pcall(L, count + 1, 0, 0) != LUA_OK) {
      lua_pop(L, 1);
      return no_memory();
    }
    anchored_ = true;
  }
  try {
    results_.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      moonwright_value_at(L, first + i, &results_[static_cast<std::size_t>(i)]);
    }
    roots_ = CodeRoots::of(L_, behaviour_anchor);
    if (code == nullptr) guessed_ = CodeSnapshot(roots_);
    code_ = code == nullptr ? &guessed_ : code;
    names_.build(roots_, code_);
    set_patched();
    writer_ = std::make_unique<wire::Writer>(buffer_, options_.bytes_max);
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
  if (!writer_->begin()) return no_memory();
  return {};
#else
  static_cast<void>(L), static_cast<void>(first), static_cast<void>(count);
  static_cast<void>(behaviour_anchor), static_cast<void>(code);
  return fail(ErrorCode::unsupported, "checkpoints need the Lua that moonwright brings");
#endif
}

// Tables that have a name are found by their words, as others are.
void CheckpointWriter::set_patched() {
  const std::vector<CheckpointNames::Name>& names = names_.all();
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    if (names[i].text.front() == static_cast<char>(wire::NameKind::table)) {
      numbers_.of(names[i].object) = kNamed | i;
    }
  }
}

CheckpointProgress CheckpointWriter::step(std::size_t work) noexcept {
  if (part_ == wire::Part::end) return CheckpointProgress::done;
  if (writer_ == nullptr) return CheckpointProgress::refused;
  work_ = work;
  try {
    while (work_ > 0) {
      const bool fine = string_.size > 0   ? go_on_with_string()
                        : !frames_.empty() ? work_on_frame()
                                           : next_part();
      if (!fine) {
        end();
        return CheckpointProgress::refused;
      }
      if (part_ == wire::Part::end) {
        end();
        return CheckpointProgress::done;
      }
    }
    return CheckpointProgress::more;
  } catch (const std::bad_alloc&) {
    error_ = Error{ErrorCode::memory_limit, kNoMemoryText, {}};
    end();
    return CheckpointProgress::refused;
  }
}

Checkpoint CheckpointWriter::take(CheckpointInfo info) {
  assert(part_ == wire::Part::end);
  auto body = std::make_shared<detail::CheckpointBody>();
  body->info = std::move(info);
  std::uint32_t last = ~std::uint32_t{0};
  for (std::size_t word = 0; word < again_.size(); ++word) {
    for (std::uint64_t bits = again_[word]; bits != 0; bits &= bits - 1) {
      const auto number =
          static_cast<std::uint32_t>(word * 64 + static_cast<unsigned>(std::countr_zero(bits)));
      std::uint32_t distance = number - last - 1;
      for (last = number;; distance >>= 7) {
        char* to = body->again.extend(1);
        if (to == nullptr) throw std::bad_alloc();
        *to = static_cast<char>(distance < 0x80 ? distance : (distance & 0x7f) | 0x80);
        if (distance < 0x80) break;
      }
    }
  }
  body->again.fit();
  buffer_.fit();
  body->values = std::move(buffer_);
  body->refs = std::move(refs_);
  body->first_ref = std::move(first_ref_);
  return Checkpoint(std::move(body));
}

std::size_t CheckpointWriter::memory_bytes() const noexcept {
  return buffer_.capacity() + frames_.capacity() * sizeof(Frame) + numbers_.memory_bytes() +
         names_.memory_bytes() + again_.capacity() * 8 + refs_.capacity() * sizeof(ActorRef) +
         results_.capacity() * sizeof(MoonwrightValue);
}

void CheckpointWriter::drop_anchor() noexcept {
  if (!std::exchange(anchored_, false)) return;
  if (lua_checkstack(L_, 1) == 0) return;  // then it goes with the state
  lua_pushnil(L_);
  lua_rawsetp(L_, LUA_REGISTRYINDEX, this);
}

// What is needed for steps only.
void CheckpointWriter::end() noexcept {
  if (part_ == wire::Part::end) {
    if (!writer_->finish(false)) assert(false);
  } else {
    buffer_.clear(0);
    refs_.clear();
  }
  writer_.reset();
  numbers_ = {};
  names_ = {};
  std::vector<Frame>().swap(frames_);
  drop_anchor();
}

// Parts ------------------------------------------------------------------------------------------

bool CheckpointWriter::next_part() {
  if (!part_begun_) {
    part_begun_ = true;
    at_ = 0;
    return begin_part();
  }
  if (part_ == wire::Part::patches && at_ < patched_.size()) return begin_patch();
  if (part_ == wire::Part::results && at_ < results_.size()) {
    return write(results_[at_++]) != Wrote::refused;
  }
  part_ = static_cast<wire::Part>(static_cast<std::uint8_t>(part_) + 1);
  part_begun_ = false;
  return true;
}

bool CheckpointWriter::begin_part() {
  switch (part_) {
    case wire::Part::modules: return write_modules();
    case wire::Part::globals:
      if (!options_.globals) return writer_->nil() || refuse_bytes();
      return open_filtered(roots_.globals, Filter::globals);
    case wire::Part::patches:
      if (!options_.globals) return writer_->nil() || refuse_bytes();
      find_patches();
      return writer_->head(true, static_cast<std::uint32_t>(patched_.size())) || refuse_bytes();
    case wire::Part::results:
      return writer_->head(false, static_cast<std::uint32_t>(results_.size())) || refuse_bytes();
    case wire::Part::end: break;
  }
  return true;
}

bool CheckpointWriter::write_modules() {
  std::vector<std::string_view> modules;
  MoonwrightValue key;
  MoonwrightValue value;
  for (unsigned slot = 0; roots_.loaded != nullptr &&
                          (slot = moonwright_table_next(roots_.loaded, slot, &key, &value)) != 0;) {
    if (key.kind == kMoonwrightString && !is_library(view(key))) modules.push_back(view(key));
  }
  std::sort(modules.begin(), modules.end());
  if (!writer_->head(false, static_cast<std::uint32_t>(modules.size()))) return refuse_bytes();
  for (const std::string_view name : modules) {
    if (!writer_->string(name)) return refuse_bytes();
  }
  return true;
}

void CheckpointWriter::find_patches() {
  const std::vector<CheckpointNames::Name>& names = names_.all();
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    if (!names[i].patched) continue;
    MoonwrightValue key;
    MoonwrightValue value;
    for (unsigned slot = 0;
         (slot = moonwright_table_next(names[i].object, slot, &key, &value)) != 0;) {
      if (!is_included(Filter::patch, names[i].object, key, value)) continue;
      patched_.push_back(i);
      break;
    }
  }
}

bool CheckpointWriter::begin_patch() {
  CheckpointNames::Name& name = names_.all()[patched_[at_++]];
  if (write_name(name) == Wrote::refused) return false;
  return open_filtered(name.object, Filter::patch);
}

// Of the globals, or of a table that is code: everything but the code that a fresh state has in the
// same place.
bool CheckpointWriter::is_included(Filter filter, const void* table, const MoonwrightValue& key,
                                   const MoonwrightValue& value) {
  const bool is_function = value.kind == kMoonwrightFunction || value.kind == kMoonwrightCFunction;
  if (key.kind != kMoonwrightString) return true;
  if (filter == Filter::globals && (view(key) == "_VERSION" || view(key) == "_G")) return false;
  if (!is_function && value.kind != kMoonwrightTable && value.kind != kMoonwrightUserdata) {
    return true;
  }
  const CheckpointNames::Name* name = names_.find(value.as.object);
  if (name == nullptr) return true;
  const CheckpointNames::Name* owner = names_.find(table);
  if (owner == nullptr) return true;
  if (code_->has(CodeSnapshot::pair(owner->steps(), view(key), value.as.object))) return false;
  const std::string_view prefix = owner->steps();  // of a library
  return !(filter == Filter::globals && name->steps().size() == prefix.size() + key.size &&
           name->steps().ends_with(view(key)));
}

// Opens a map of the entries that the filter lets pass; it has no number.
bool CheckpointWriter::open_filtered(const void* table, Filter filter) {
  frames_.push_back({.table = table, .stage = Stage::fields, .filter = filter});
  MoonwrightValue key;
  MoonwrightValue value;
  unsigned count = 0;
  for (unsigned slot = 0; (slot = moonwright_table_next(table, slot, &key, &value)) != 0;) {
    count += is_included(filter, table, key, value) ? 1 : 0;
  }
  frames_.back().left = count;
  return writer_->head(true, count) || refuse_bytes();
}

// Tables -----------------------------------------------------------------------------------------

bool CheckpointWriter::work_on_frame() {
  Frame& frame = frames_.back();
  switch (frame.stage) {
    case Stage::count: return count_entries(frame);
    case Stage::elements:
    case Stage::fields: return work_on_table(frame);
    case Stage::metatable: frames_.pop_back(); return true;
  }
  return true;
}

bool CheckpointWriter::count_entries(Frame& frame) {
  const unsigned before = size_.slots;
  const auto slots = static_cast<unsigned>(
      std::min<std::size_t>(work_, (~0u - kSlotsPerWork) / kSlotsPerWork) * kSlotsPerWork);
  const bool all = moonwright_table_count(frame.table, &size_, slots) != 0;
  work_ -= std::min<std::size_t>(work_, (size_.slots - before) / kSlotsPerWork + 1);
  return !all || write_head(frame);
}

bool CheckpointWriter::write_head(Frame& frame) {
  const auto [slots, elements, others] = std::exchange(size_, {});
  if (moonwright_table_metatable(frame.table) != nullptr &&
      !writer_->raw({wire::kObjectPrefix, sizeof(wire::kObjectPrefix)})) {
    return refuse_bytes();
  }
  const bool is_mixed = elements > 0 && others > 0;
  if (is_mixed) {
    char head[sizeof(wire::kCountedMixedPrefix) + sizeof(others)];
    std::copy_n(wire::kCountedMixedPrefix, sizeof(wire::kCountedMixedPrefix), head);
    wire::store(head + sizeof(wire::kCountedMixedPrefix), others);
    if (!writer_->raw({head, sizeof(head)})) return refuse_bytes();
  }
  const bool is_map = elements == 0;
  frame.stage = is_map ? Stage::fields : Stage::elements;
  frame.left = is_map ? others : elements;
  frame.fields = others;
  return writer_->head(is_map, frame.left) || refuse_bytes();
}

// Writes entries until the work is done, a table is opened, or there are no more.
bool CheckpointWriter::work_on_table(Frame& frame) {
  MoonwrightValue key;
  MoonwrightValue value;
  while (work_ > 0) {
    if (!frame.value_is_due) {
      if (frame.left == 0) return end_fields(frame);
      const unsigned next = moonwright_table_next(frame.table, frame.next, &key, &value);
      if (next == 0) return refuse_changed();
      frame.slot = std::exchange(frame.next, next);
      if (frame.filter != Filter::none && !is_included(frame.filter, frame.table, key, value)) {
        continue;
      }
      --frame.left;
      --work_;
      if (frame.stage == Stage::fields) {
        frame.value_is_due = true;
        const Wrote done = write(key);
        if (done == Wrote::refused) return false;
        if (done == Wrote::opened) return true;
      }
    } else if (moonwright_table_next(frame.table, frame.slot, &key, &value) != frame.next) {
      return refuse_changed();
    }
    frame.value_is_due = false;
    const Wrote done = write(value);
    if (done != Wrote::value) return done == Wrote::opened;
  }
  return true;
}

bool CheckpointWriter::end_fields(Frame& frame) {
  if (frame.stage == Stage::elements && frame.fields > 0) {
    frame.stage = Stage::fields;
    frame.left = frame.fields;
    return writer_->head(true, frame.left) || refuse_bytes();
  }
  const void* metatable = moonwright_table_metatable(frame.table);
  if (metatable == nullptr || frame.filter != Filter::none) {
    frames_.pop_back();
    return true;
  }
  frame.stage = Stage::metatable;
  return write_table(metatable) != Wrote::refused;
}

// Values -----------------------------------------------------------------------------------------

CheckpointWriter::Wrote CheckpointWriter::write(const MoonwrightValue& value) {
  switch (value.kind) {
    case kMoonwrightString: return write_string(value);
    case kMoonwrightInteger: return wrote(writer_->integer(value.as.integer));
    case kMoonwrightTable: return write_table(value.as.object);
    case kMoonwrightFloat: return wrote(writer_->real(value.as.real));
    case kMoonwrightFalse:
    case kMoonwrightTrue: return wrote(writer_->boolean(value.kind == kMoonwrightTrue));
    case kMoonwrightNil: return wrote(writer_->nil());
    case kMoonwrightFunction:
    case kMoonwrightCFunction: return write_function(value);
    case kMoonwrightUserdata: return write_userdata(value);
    case kMoonwrightThread:
      (void)refuse(ErrorCode::unsupported, "a coroutine", "nothing could go on with it");
      return Wrote::refused;
    case kMoonwrightPointer: break;
  }
  (void)refuse(ErrorCode::unsupported, "a userdata", "of the host's values only actors can");
  return Wrote::refused;
}

CheckpointWriter::Wrote CheckpointWriter::write_table(const void* table) {
  std::uint32_t& word = numbers_.of(table);
  if (word != 0) {
    return (word & kNamed) != 0 ? write_name(names_.all()[word & ~kNamed]) : write_again(word);
  }
  if (!take_number(word)) return Wrote::refused;
  frames_.push_back({.table = table});
  return Wrote::opened;
}

CheckpointWriter::Wrote CheckpointWriter::write_string(const MoonwrightValue& value) {
  if (value.size > wire::kPlainStringBytesMax) {
    std::uint32_t& word = numbers_.of(value.as.object);
    if (word != 0) return write_again(word);
    if (!take_number(word)) return Wrote::refused;
    if (value.size > kPieceBytes) {
      if (value.size > 0xffff'ffffu) {
        (void)refuse(ErrorCode::too_large, "a string", "it has 4 GiB or more");
        return Wrote::refused;
      }
      if (value.size > options_.bytes_max) {
        (void)refuse_bytes();
        return Wrote::refused;
      }
      string_ = value;
      if (!writer_->string_head(static_cast<std::uint32_t>(value.size))) {
        (void)refuse_bytes();
        return Wrote::refused;
      }
      return Wrote::opened;
    }
    work_ -= std::min(work_, value.size / kBytesPerWork);
  }
  return wrote(writer_->string(view(value)));
}

bool CheckpointWriter::go_on_with_string() {
  const std::size_t piece = std::min(string_.size, kPieceBytes);
  if (!writer_->raw({string_.text, piece})) return refuse_bytes();
  work_ -= std::min(work_, piece / kBytesPerWork + 1);
  string_.text += piece;
  string_.size -= piece;
  return true;
}

CheckpointWriter::Wrote CheckpointWriter::write_function(const MoonwrightValue& value) {
  if (CheckpointNames::Name* name = names_.find(value.as.object)) return write_name(*name);
  std::string what = "a function";
  lua_Debug about;
  if (value.kind == kMoonwrightFunction && lua_checkstack(L_, 1) != 0) {
    moonwright_value_push(L_, &value);
    if (lua_getinfo(L_, ">S", &about) != 0 && about.linedefined > 0) {
      what += " (defined at " + std::string(about.short_src) + ":" +
              std::to_string(about.linedefined) + ")";
    }
  }
  (void)refuse(ErrorCode::unsupported, what,
               "it has no name among the globals, the modules and the behaviour, by which another "
               "state could find it");
  return Wrote::refused;
}

CheckpointWriter::Wrote CheckpointWriter::write_userdata(const MoonwrightValue& value) {
  if (lua_checkstack(L_, 6) == 0) throw std::bad_alloc();
  moonwright_value_push(L_, &value);
  const detail::RefTarget* target = to_ref(L_, -1);
  const bool is_grant = target == nullptr;
  if (is_grant) target = to_grant(L_, -1);
  const bool has_control = is_grant || is_granted(L_, -1);
  lua_pop(L_, 1);
  if (target == nullptr) {
    if (CheckpointNames::Name* name = names_.find(value.as.object)) return write_name(*name);
    (void)refuse(ErrorCode::unsupported, "a userdata", "of the host's values only actors can");
    return Wrote::refused;
  }
  if (!options_.actors) {
    (void)refuse(ErrorCode::unsupported, "a reference to an actor",
                 "it means nothing outside of this process");
    return Wrote::refused;
  }
  std::uint32_t& word = numbers_.of(value.as.object);
  if (word != 0) return write_again(word);
  if (!take_number(word)) return Wrote::refused;
  if (refs_.empty()) first_ref_ = place();
  const std::uint32_t index =
      static_cast<std::uint32_t>(refs_.size()) | (has_control ? wire::kControlBit : 0);
  refs_.push_back(ActorRef::of(target));
  return wrote(writer_->extension(wire::kExtActor, index));
}

CheckpointWriter::Wrote CheckpointWriter::write_name(CheckpointNames::Name& name) {
  if (name.number != 0) return write_again(name.number);
  if (!take_number(name.number)) return Wrote::refused;
  char head[] = {static_cast<char>(wire::kExt8), static_cast<char>(name.text.size()),
                 wire::kExtName};
  return wrote(writer_->raw({head, sizeof(head)}) && writer_->raw(name.text));
}

CheckpointWriter::Wrote CheckpointWriter::write_again(std::uint32_t number) {
  const std::uint32_t index = number - 1;
  if (index / 64 >= again_.size()) again_.resize(std::max<std::size_t>(16, count_ / 32 + 1));
  again_[index / 64] |= std::uint64_t{1} << (index % 64);
  return wrote(writer_->extension(wire::kExtTable, index));
}

bool CheckpointWriter::take_number(std::uint32_t& number) {
  if (count_ == kNumberMax) {
    return refuse(ErrorCode::too_large, "a value", "there are two thousand million before it");
  }
  number = ++count_;
  return true;
}

// Refusals ---------------------------------------------------------------------------------------

bool CheckpointWriter::refuse(ErrorCode code, std::string_view what, std::string_view why) {
  error_ = Error{code, "cannot checkpoint ", {}};
  error_.message.append(what).append(" at ").append(place()).append(": ").append(why);
  return false;
}

bool CheckpointWriter::refuse_bytes() {
  if (writer_->out_of_memory()) throw std::bad_alloc();
  error_ = Error{ErrorCode::too_large,
                 "the checkpoint is larger than " + format_bytes(options_.bytes_max) +
                     "; the limit was reached at " + place(),
                 {}};
  return false;
}

bool CheckpointWriter::refuse_changed() {
  return refuse(ErrorCode::error, "a table", "it has changed meanwhile");
}

// Where the walk is, from the frames: each knows the entry that it is at.
std::string CheckpointWriter::place() const {
  CheckpointPath path;
  if (part_ == wire::Part::results) path.begin("result " + std::to_string(at_));
  for (const Frame& frame : frames_) {
    if (frame.filter == Filter::patch) {
      for (std::uint32_t index : patched_) {
        const CheckpointNames::Name& name = names_.all()[index];
        if (name.object == frame.table) path.begin(readable_name(name.text));
      }
    }
    if (frame.stage == Stage::metatable) {
      path.metatable();
      continue;
    }
    if (frame.stage == Stage::count) continue;
    MoonwrightValue key;
    MoonwrightValue value;
    if (moonwright_table_next(frame.table, frame.slot, &key, &value) == 0) continue;
    path.step(key);
    if (frame.value_is_due) path.key();
  }
  return std::move(path).text();
}

}  // namespace moonwright::runtime
