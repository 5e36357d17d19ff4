// attack.hpp: a script that tries to get out, and what its first line says becomes of it.
//
// The scripts in this folder try to outlive their limits, those in sandbox/ to reach or to learn
// what is not theirs, and those in published/ are the holes that other sandboxes had. In open/ are
// the ones that succeed: their tests are disabled until the hole is closed, then they move.
//
// The first line of each script is a comment of this form; the parts in brackets may be left out,
// and lists are separated by blanks:
//
//   -- expect: OUTCOME [limits: NAME=VALUE...] [sandbox: LEVEL...] [as: PLACE...] [host: DEED]
//
//   OUTCOME  timeout, cpu_limit, instruction_limit, memory_limit: the actor ends with this reason,
//            and so is answered who waits for it. Of several each is tried, alone.
//            ok [TEXT]     it returns this text, or this number, and has done no harm
//            error [TEXT]  it fails with an error that contains this text
//            killed        it is killed, see DEED
//            normal        its actor ends by itself
//   limits   memory=8MiB, instructions=2000000, cpu_time=200ms, timeout=200ms, cancel_grace=50ms.
//            An outcome brings its own limit, with these values unless the line has others; a
//            script that is to end `ok` or with an `error` runs under all of them, wide ones.
//   sandbox  none, restricted, strict; restricted and strict if not given
//   as       handler: the script is the body of a message handler; chunk: it is an actor's chunk.
//            handler if not given
//   host     what is done to the actor once the script has called require("host").ready(): kill,
//            or stop with a deadline of 100 ms
//
// The program's folder is root/; the scripts themselves lie outside of it. The actor that
// must not notice anything is registered as "bystander".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "moonwright/moonwright.hpp"

namespace moonwright::escapes {

enum class Place : std::uint8_t { handler, chunk };
enum class Deed : std::uint8_t { none, kill, stop };

struct Attack {
  std::string name;  ///< the file's, without its folder and extension
  std::string source;
  std::vector<std::string> outcomes;
  std::string text;  ///< of `ok` and `error`
  Limits limits{};   ///< those that the line names; the others are Lua's own
  std::vector<Sandbox> levels;
  std::vector<Place> places;
  Deed deed = Deed::none;
};

/// The folders of scripts, relative to this one, and what their tests are called.
struct Folder {
  const char* path;
  const char* suite;
};
inline constexpr Folder kFolders[] = {
    {"", "Escape"}, {"sandbox", "Sandbox"}, {"published", "Published"}, {"open", "Open"}};

/// Reads a script and its first line. Errors: io, invalid_argument (what is wrong with the line).
[[nodiscard]] Result<Attack> read_attack(const std::string& path);

/// The limit that brings about an outcome, where the script's own line does not name it; all of
/// them for the outcomes that no limit brings about.
void set_limits_for(const std::string& outcome, Limits& limits);

}  // namespace moonwright::escapes
