// dead_letters_library.cpp: see dead_letters_library.hpp.
#include "runtime/dead_letters_library.hpp"

#include <chrono>
#include <lua.hpp>

#include "runtime/actor_script.hpp"
#include "runtime/error_value.hpp"
#include "runtime/scratch.hpp"

namespace moonwright::runtime {
namespace {

/// What is kept of the buffer from one use to the next.
constexpr std::size_t kKeptBytes = 4u << 10;

Value table_of(const DeadLetter& letter) {
  Table row{{"kind", to_string(letter.kind)},
            {"time", std::chrono::duration<double>(letter.time.time_since_epoch()).count()},
            {"receiver", letter.receiver},
            {"name", letter.receiver_name},
            {"incarnation", letter.incarnation},
            {"message", letter.message_name},
            {"size_bytes", letter.size_bytes},
            {"code", to_string(letter.error.code)},
            {"error", letter.error.message}};
  if (letter.sender) row.set("sender", letter.sender);
  if (letter.args) row.set("args", Table::list(*letter.args));
  return row;
}

/// The letters and their numbers, encoded, in the scratch of the script. The inner scope of
/// dead_letters(): nothing in here raises. Whether there was room.
bool encode_letters(ActorScript& script) {
  Scratch& scratch = script.scratch();
  Values rows;
  for (const DeadLetter& letter : script.host().dead_letters()) rows.push_back(table_of(letter));
  const DeadLetterCounts by_kind = script.host().dead_letter_counts();
  Table counts;
  for (std::size_t i = 0; i < by_kind.size(); ++i) {
    counts.set(to_string(static_cast<DeadLetterKind>(i)), by_kind[i]);
  }
  scratch.bytes.clear(kKeptBytes);
  scratch.refs.clear();
  MessageLimits large;
  large.entries_max = 10'000'000;
  large.bytes_max = 1u << 30;
  const Values values{Table::list(std::move(rows)), std::move(counts)};
  return encode_values(values, large, scratch.bytes, scratch.refs).has_value();
}

}  // namespace

int dead_letters(lua_State* L) {
  ActorScript& script = ActorScript::of(L);
  if (script.sandbox() != Sandbox::none) {
    return raise(
        L, ErrorCode::denied,
        "actor.dead_letters() shows messages of all actors, and is for sandbox level none");
  }
  const int count =
      encode_letters(script) ? decode(L, script.scratch().bytes.view(), script.scratch().refs) : -1;
  if (count < 0) return raise(L, ErrorCode::too_large, "the dead letters are too many to be shown");
  return count;
}

}  // namespace moonwright::runtime
