// checkpoint_writer.hpp: the data of a state into bytes, piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "moonwright/checkpoint.hpp"
#include "moonwright/result.hpp"
#include "runtime/byte_buffer.hpp"
#include "runtime/checkpoint_names.hpp"
#include "runtime/checkpoint_numbers.hpp"
#include "runtime/codec.hpp"
#include "runtime/lua_tables.h"
#include "runtime/state.hpp"
#include "runtime/wire_writer.hpp"

namespace moonwright::runtime {

struct CheckpointWriterOptions {
  std::uint64_t bytes_max = 256u << 20;  ///< of the values
  bool globals = true;  ///< with the data of the globals; without, only what begin() is given
  bool actors = true;   ///< references to actors may be in it; then it is for this process only
};

enum class CheckpointProgress : std::uint8_t {
  more,     ///< there is more to do
  done,     ///< take() has it
  refused,  ///< error() says why; nothing has come of it
};

/// Walks through everything that the data of a state leads to.
///
/// By raw access alone: no metamethod is asked and no code of the state runs. The walk keeps its
/// books outside of the state, takes no depth of the C stack, and can be left after any step, so
/// that a large state does not keep a worker busy for longer than a slice.
///
/// Thread: confined to the state's, which outlives it.
/// Requires: from begin() to the last step() nothing of the state runs, is changed, or is collected
/// (State::collect() included).
class CheckpointWriter {
 public:
  /// A step of work that takes well under a millisecond: a unit is about one value.
  static constexpr std::size_t kWorkPerStep = 20'000;

  CheckpointWriter(State& state, const CheckpointWriterOptions& options) noexcept
      : state_(state), options_(options) {}
  ~CheckpointWriter() { drop_anchor(); }
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  /// Begins, once. The `count` values from `first` (an absolute index) on the stack of `L` are what
  /// on_checkpoint() returned; they may leave the stack afterwards. `behaviour_anchor` is where the
  /// registry has the behaviour, or 0. `code` is what was code when the chunk had run; without it,
  /// that is guessed from how things are now. Borrowed until the last step().
  /// Errors: memory_limit; unsupported with a Lua that is not the bundled one.
  [[nodiscard]] Result<void> begin(lua_State* L, int first, int count, int behaviour_anchor,
                                   const CodeSnapshot* code);

  /// Does about `work` units of the rest. Raises nothing.
  [[nodiscard]] CheckpointProgress step(std::size_t work = kWorkPerStep) noexcept;

  /// Why step() answered refused: unsupported, too_large, memory_limit (the process has no memory);
  /// the message has the path to the place, as in `state.jobs[3].callback`.
  [[nodiscard]] const Error& error() const noexcept { return error_; }

  /// The result, once. Requires: step() has answered done. Throws std::bad_alloc.
  [[nodiscard]] Checkpoint take(CheckpointInfo info);

  /// What it holds outside of the state, result included.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  enum class Stage : std::uint8_t { count, elements, fields, metatable };
  enum class Filter : std::uint8_t { none, globals, patch };
  enum class Wrote : std::uint8_t { value, opened, refused };
  /// A table that is being written.
  struct Frame {
    const void* table;
    unsigned slot = 0;    ///< where the entry is that is being written
    unsigned next = 0;    ///< where to look for the one after it
    unsigned left = 0;    ///< entries that have not been begun, of this stage
    unsigned fields = 0;  ///< entries of the stage after the elements
    Stage stage = Stage::count;
    Filter filter = Filter::none;
    bool value_is_due = false;  ///< the key has been written
  };

  [[nodiscard]] bool work_on_frame();
  [[nodiscard]] bool work_on_table(Frame& frame);
  [[nodiscard]] bool count_entries(Frame& frame);
  [[nodiscard]] bool write_head(Frame& frame);
  [[nodiscard]] bool end_fields(Frame& frame);
  [[nodiscard]] bool next_part();
  [[nodiscard]] bool begin_part();
  [[nodiscard]] bool write_modules();
  [[nodiscard]] bool begin_patch();
  void find_patches();
  [[nodiscard]] bool is_included(Filter filter, const void* table, const MoonwrightValue& key,
                                 const MoonwrightValue& value);
  [[nodiscard]] bool open_filtered(const void* table, Filter filter);
  void set_patched();

  [[nodiscard]] Wrote write(const MoonwrightValue& value);
  [[nodiscard]] Wrote write_table(const void* table);
  [[nodiscard]] Wrote write_string(const MoonwrightValue& value);
  [[nodiscard]] Wrote write_function(const MoonwrightValue& value);
  [[nodiscard]] Wrote write_userdata(const MoonwrightValue& value);
  [[nodiscard]] Wrote write_name(CheckpointNames::Name& name);
  [[nodiscard]] Wrote write_again(std::uint32_t number);
  [[nodiscard]] bool go_on_with_string();
  [[nodiscard]] bool take_number(std::uint32_t& number);
  [[nodiscard]] Wrote wrote(bool fits) {
    return fits || refuse_bytes() ? Wrote::value : Wrote::refused;
  }

  // Each answers false, for its caller to pass on.
  [[nodiscard]] bool refuse(ErrorCode code, std::string_view what, std::string_view why);
  [[nodiscard]] bool refuse_bytes();
  [[nodiscard]] bool refuse_changed();
  [[nodiscard]] std::string place() const;
  void drop_anchor() noexcept;
  void end() noexcept;

  State& state_;
  const CheckpointWriterOptions options_;
  lua_State* L_ = nullptr;
  bool anchored_ = false;
  CodeRoots roots_;
  CodeSnapshot guessed_;
  const CodeSnapshot* code_ = nullptr;
  CheckpointNames names_;
  AddressNumbers numbers_;
  ByteBuffer buffer_;
  std::unique_ptr<wire::Writer> writer_;
  std::vector<Frame> frames_;
  MoonwrightTableSize size_{};  // of the table that is being counted
  std::size_t work_ = 0;
  wire::Part part_ = wire::Part::modules;
  bool part_begun_ = false;
  std::vector<MoonwrightValue> results_;
  std::size_t at_ = 0;                  // the next of the patches or results
  std::vector<std::uint32_t> patched_;  // names of what has data of its own
  MoonwrightValue string_{};            // a long one, of which the rest has to be written
  std::uint32_t count_ = 0;             // of the numbers that have been given
  std::vector<std::uint64_t> again_;    // a bit for each
  RefList refs_;
  std::string first_ref_;
  Error error_;
};

}  // namespace moonwright::runtime
