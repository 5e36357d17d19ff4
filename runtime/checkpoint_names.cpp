// checkpoint_names.cpp: see checkpoint_names.hpp.
#include "runtime/checkpoint_names.hpp"

#include <algorithm>
#include <lua.hpp>
#include <utility>

#include "runtime/libraries.hpp"

namespace moonwright::runtime {

namespace {

using wire::NameKind;
using wire::NameRoot;

std::string_view view(const MoonwrightValue& value) noexcept { return {value.text, value.size}; }

bool is_function(const MoonwrightValue& value) noexcept {
  return value.kind == kMoonwrightFunction || value.kind == kMoonwrightCFunction;
}

bool is_step(const MoonwrightValue& key) noexcept {
  return key.kind == kMoonwrightString && key.size > 0 && key.size <= wire::kNameBytesMax &&
         view(key).find(wire::kNameSeparator) == std::string_view::npos;
}

// Stands for a key where a snapshot notes that a table is code.
constexpr std::string_view kCodeMark("\0code", 5);

std::string root(NameRoot from) { return {static_cast<char>(from)}; }

// The text of a step further on. That of a first step has nothing to be told apart from.
std::string step(const std::string& text, std::string_view key) {
  std::string longer = text;
  if (text.size() > 1 && !key.empty()) longer += wire::kNameSeparator;
  return longer.append(key);
}

NameKind kind_of(const MoonwrightValue& value) noexcept {
  if (value.kind == kMoonwrightTable) return NameKind::table;
  return value.kind == kMoonwrightUserdata ? NameKind::userdata : NameKind::function;
}

template <class Visitor>
void for_each(const void* table, Visitor visit) {
  MoonwrightValue key;
  MoonwrightValue value;
  for (unsigned slot = 0; (slot = moonwright_table_next(table, slot, &key, &value)) != 0;) {
    visit(key, value);
  }
}

}  // namespace

CodeRoots CodeRoots::of(lua_State* L, int behaviour_anchor) noexcept {
  CodeRoots roots;
  for_each(lua_topointer(L, LUA_REGISTRYINDEX),
           [&](const MoonwrightValue& key, const MoonwrightValue& value) {
             if (key.kind == kMoonwrightInteger && key.as.integer == LUA_RIDX_GLOBALS) {
               roots.globals = value.as.object;
             } else if (key.kind == kMoonwrightInteger && key.as.integer == behaviour_anchor &&
                        behaviour_anchor != 0) {
               roots.behaviour = value;
             } else if (key.kind == kMoonwrightString && view(key) == LUA_LOADED_TABLE &&
                        value.kind == kMoonwrightTable) {
               roots.loaded = value.as.object;
             }
           });
  return roots;
}

CodeSnapshot::CodeSnapshot(const CodeRoots& roots) {
  CheckpointNames().build(roots, nullptr, &pairs_);
  std::sort(pairs_.begin(), pairs_.end());
  pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
  pairs_.shrink_to_fit();
}

bool CodeSnapshot::has(std::uint64_t pair) const noexcept {
  return std::binary_search(pairs_.begin(), pairs_.end(), pair);
}

std::uint64_t CodeSnapshot::pair(std::string_view text, std::string_view key,
                                 const void* object) noexcept {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325u;
  const auto add = [&hash](std::string_view bytes) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3u;
  };
  add(text);
  if (text.size() > 1 && !key.empty()) add({&wire::kNameSeparator, 1});
  add(key);
  hash ^= reinterpret_cast<std::uintptr_t>(object) * 0x9e37'79b9'7f4a'7c15u;
  return hash ^ (hash >> 29);
}

void CheckpointNames::build(const CodeRoots& roots, const CodeSnapshot* code,
                            std::vector<std::uint64_t>* found) {
  code_ = code;
  found_ = found;
  names_.clear();
  known_.clear();
  visited_.clear();
  places_.clear();
  slots_left_ = kSlotsMax;
  visited_.insert(roots.globals);
  visited_.insert(roots.loaded);

  // What has several names gets the one that is most likely to stay.
  if (roots.globals != nullptr) look_through_globals(roots.globals);
  if (roots.loaded != nullptr) look_through_modules(roots.loaded);
  if (roots.behaviour.kind == kMoonwrightTable || is_function(roots.behaviour)) {
    add(root(NameRoot::behaviour), {}, roots.behaviour, true);
    if (roots.behaviour.kind == kMoonwrightTable) {
      places_.push_back({roots.behaviour.as.object, root(NameRoot::behaviour), 0, Kind::behaviour});
    }
  }
  follow();
  if (roots.globals == nullptr) return;
  for_each(roots.globals, [this](const MoonwrightValue& key, const MoonwrightValue& value) {
    if (!is_step(key) || value.kind != kMoonwrightTable) return;
    const std::string from = root(NameRoot::globals);
    if (!is_known(from, view(key), value)) return;
    places_.push_back({value.as.object, step(from, view(key)), 1, Kind::script});
  });
  follow();
}

// The globals themselves, the libraries, and all functions.
void CheckpointNames::look_through_globals(const void* globals) {
  const std::string from = root(NameRoot::globals);
  MoonwrightValue itself{};
  itself.kind = kMoonwrightTable;
  itself.as.object = globals;
  add(from, {}, itself, true);
  for_each(globals, [&](const MoonwrightValue& key, const MoonwrightValue& value) {
    if (!is_step(key)) return;
    if (is_function(value)) {
      add(from, view(key), value, value.kind == kMoonwrightCFunction && is_built_in(view(key)));
      note(from, view(key), value);
    } else if (value.kind == kMoonwrightTable && is_library(view(key))) {
      add(from, view(key), value, true);
      places_.push_back({value.as.object, step(from, view(key)), 1, Kind::library});
    } else if (value.kind == kMoonwrightTable) {
      note(from, view(key), value);
    }
  });
  follow();
}

void CheckpointNames::look_through_modules(const void* loaded) {
  const std::string from = root(NameRoot::module);
  for_each(loaded, [&](const MoonwrightValue& key, const MoonwrightValue& value) {
    if (!is_step(key) || is_library(view(key))) return;
    if (value.kind != kMoonwrightTable && !is_function(value)) return;
    add(from, view(key), value, true);
    if (value.kind != kMoonwrightTable) return;
    places_.push_back({value.as.object, step(from, view(key)), 1, Kind::module});
  });
  follow();
}

// Names what the entry `key` of the named table is, unless it has a name. What is not given with
// every state has to be in the snapshot.
bool CheckpointNames::add(const std::string& table, std::string_view key,
                          const MoonwrightValue& value, bool is_given, bool patched) {
  if (table.size() + key.size() + 2 > wire::kNameBytesMax) return false;
  if (!is_given && !is_known(table, key, value)) return false;
  const void* object = value.as.object;
  if (!known_.try_emplace(object, static_cast<std::uint32_t>(names_.size())).second) return false;
  names_.push_back({static_cast<char>(kind_of(value)) + step(table, key), object, patched});
  return true;
}

bool CheckpointNames::is_known(std::string_view table, std::string_view key,
                               const MoonwrightValue& value) const noexcept {
  return code_ == nullptr || code_->has(CodeSnapshot::pair(table, key, value.as.object));
}

// For a snapshot: this is where the code has put it.
void CheckpointNames::note(const std::string& table, std::string_view key,
                           const MoonwrightValue& value) {
  if (found_ != nullptr) found_->push_back(CodeSnapshot::pair(table, key, value.as.object));
}

void CheckpointNames::follow() {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place place = std::move(places_[i]);
    if (!visited_.insert(place.table).second) continue;
    const unsigned slots = moonwright_table_slots(place.table);
    if (slots > kSlotsOfTableMax || slots > slots_left_) continue;
    slots_left_ -= slots;
    look_through(place);
  }
  places_.clear();
}

void CheckpointNames::look_through(const Place& place) {
  const bool is_given = place.kind == Kind::library || place.kind == Kind::module;
  bool has_functions = false;
  for_each(place.table, [&](const MoonwrightValue& key, const MoonwrightValue& value) {
    if (!is_step(key)) return;
    if (is_function(value)) {
      has_functions = true;
      add(place.text, view(key), value,
          place.kind == Kind::module ||
              (place.kind == Kind::library && value.kind == kMoonwrightCFunction));
      note(place.text, view(key), value);
    } else if (value.kind == kMoonwrightTable) {
      if (place.steps < kSteps && (is_given || is_known(place.text, view(key), value))) {
        places_.push_back(
            {value.as.object, step(place.text, view(key)), place.steps + 1, place.kind});
      }
      note(place.text, view(key), value);
    } else if (value.kind == kMoonwrightUserdata && place.kind == Kind::library) {
      add(place.text, view(key), value, true);
    }
  });

  MoonwrightValue itself{};
  itself.kind = kMoonwrightTable;
  itself.as.object = place.table;
  const bool is_code = is_given           ? has_functions || place.kind == Kind::library
                       : code_ != nullptr ? is_known(place.text, kCodeMark, itself)
                                          : has_functions;
  if (!is_code) return;
  add(place.text, {}, itself, true, place.kind == Kind::script);
  note(place.text, kCodeMark, itself);
}

CheckpointNames::Name* CheckpointNames::find(const void* object) noexcept {
  const auto found = known_.find(object);
  return found == known_.end() ? nullptr : &names_[found->second];
}

std::size_t CheckpointNames::memory_bytes() const noexcept {
  return names_.size() * (sizeof(Name) + 64) + visited_.size() * 32;
}

std::string readable_name(std::string_view text) {
  if (text.size() < 2) return "?";
  const auto from = static_cast<NameRoot>(text[1]);
  text.remove_prefix(2);
  std::string readable;
  if (from == NameRoot::module) {
    const std::size_t end = text.find(wire::kNameSeparator);
    readable = "require \"" + std::string(text.substr(0, end)) + "\"";
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  } else if (from == NameRoot::behaviour) {
    readable = "behaviour";
  } else if (text.empty()) {
    return "_G";
  }
  while (!text.empty()) {
    const std::size_t end = text.find(wire::kNameSeparator);
    if (!readable.empty()) readable += '.';
    readable += text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return readable;
}

}  // namespace moonwright::runtime
