// fuzz_checkpoint.cpp: any checkpoint is restored or refused; what was restored can be taken and
// restored again.
//
// The first byte says how the rest is to be read: as a file, or as the values behind a good header
// with a piece before them that is the list of what is named again.
#include <algorithm>
#include <cstdint>
#include <lua.hpp>
#include <memory>
#include <string>
#include <utility>

#include "input.hpp"
#include "runtime/checkpoint_body.hpp"
#include "runtime/checkpoint_reader.hpp"
#include "runtime/checkpoint_writer.hpp"
#include "runtime/state.hpp"

namespace moonwright::fuzz {
namespace {

using namespace runtime;  // NOLINT(google-build-using-namespace): it is all about one folder

constexpr char kScript[] =
    "function f() end C = {g = f, n = 1} C.__index = C D = {inner = {h = function() end}}";

/// A state with little memory, in which a script has run.
std::unique_ptr<State> open_state() {
  auto state = State::open({.memory_bytes_max = 1u << 20});
  require(state.has_value(), "there is room for a state");
  require(luaL_dostring((*state)->lua(), kScript) == LUA_OK, "the script runs");
  return std::move(*state);
}

bool put(std::string_view bytes, ByteBuffer& to) {
  if (bytes.empty()) return true;
  char* at = to.extend(bytes.size());
  if (at != nullptr) std::copy(bytes.begin(), bytes.end(), at);
  return at != nullptr;
}

Checkpoint with_values(std::string_view again, std::string_view values) {
  auto body = std::make_shared<detail::CheckpointBody>();
  require(put(again, body->again) && put(values, body->values), "there is memory");
  return Checkpoint(std::move(body));
}

/// Whether it was restored.
bool restore(State& state, const Checkpoint& checkpoint, std::size_t work) {
  static_cast<void>(modules_of(checkpoint));
  CheckpointReader reader(state, checkpoint, 0);
  CheckpointProgress progress;
  while ((progress = reader.step(work)) == CheckpointProgress::more) {
  }
  require(lua_gettop(state.lua()) == 0, "the stack is in balance");
  if (progress == CheckpointProgress::done && reader.restore_globals()) return true;
  if (progress == CheckpointProgress::done) return false;
  const ErrorCode code = reader.error().code;
  require(code == ErrorCode::corrupt || code == ErrorCode::incompatible ||
              code == ErrorCode::memory_limit,
          "a refusal has its name");
  return false;
}

/// None if something in the state cannot be carried any further, which a made-up checkpoint can
/// bring about: by giving a name of the code to something else, for example.
Checkpoint take(State& state, const CodeSnapshot& code, std::size_t work) {
  CheckpointWriter writer(state, {.bytes_max = 1u << 22});
  if (!writer.begin(state.lua(), 1, 0, 0, &code)) return {};
  CheckpointProgress progress;
  while ((progress = writer.step(work)) == CheckpointProgress::more) {
  }
  return progress == CheckpointProgress::done ? writer.take({}) : Checkpoint();
}

void round(const Checkpoint& checkpoint, std::size_t work) {
  const auto state = open_state();
  const CodeSnapshot code(CodeRoots::of(state->lua(), 0));
  if (!restore(*state, checkpoint, work)) return;
  const Checkpoint first = take(*state, code, work);
  if (!first) return;
  const auto again = open_state();
  const CodeSnapshot again_code(CodeRoots::of(again->lua(), 0));
  // There may be less room than before: sizes of tables are announced now.
  if (!restore(*again, first, work)) return;
  const Checkpoint second = take(*again, again_code, ~std::size_t{0});
  if (second) require(second.size_bytes() > 0, "there is something in it");
}

}  // namespace
}  // namespace moonwright::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace moonwright::fuzz;  // NOLINT(google-build-using-namespace)
  Input input(data, size);
  const std::uint8_t setting = input.byte();
  const std::size_t work = (setting & 2) != 0 ? 1 : 20'000;
  if ((setting & 1) != 0) {
    const auto file = moonwright::Checkpoint::decode(input.rest());
    if (file) round(*file, work);
    return 0;
  }
  const std::string_view again = input.piece();
  round(with_values(again, input.rest()), work);
  return 0;
}
