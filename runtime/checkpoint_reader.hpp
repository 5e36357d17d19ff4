// checkpoint_reader.hpp: the data of a checkpoint into a state that has run its script.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "moonwright/checkpoint.hpp"
#include "runtime/checkpoint_writer.hpp"
#include "runtime/state.hpp"
#include "runtime/wire_reader.hpp"

namespace moonwright::runtime {

/// The modules that had been loaded, in order, each to be required before step().
/// Errors: corrupt.
[[nodiscard]] Result<std::vector<std::string>> modules_of(const Checkpoint& checkpoint);

/// Makes the values of a checkpoint anew, beside what the state has, and then puts them in place.
///
/// Any bytes are safe. What is made is memory of the state, under its limits; what is kept outside
/// is a few bytes for each table that is open. Takes no depth of the C stack; runs no code of the
/// state; can be left after any step. Until restore_globals() the script's own values are
/// untouched.
///
/// Thread: confined to the state's, which outlives it.
class CheckpointReader {
 public:
  /// A step of work that takes well under a millisecond: a unit is about one value.
  static constexpr std::size_t kWorkPerStep = 8'000;

  /// @param behaviour_anchor where the registry has the behaviour, or 0.
  CheckpointReader(State& state, Checkpoint checkpoint, int behaviour_anchor);
  ~CheckpointReader() { drop_anchor(); }
  CheckpointReader(const CheckpointReader&) = delete;
  CheckpointReader& operator=(const CheckpointReader&) = delete;

  /// Does about `work` units of the rest: see CheckpointWriter::step().
  [[nodiscard]] CheckpointProgress step(std::size_t work = kWorkPerStep) noexcept;
  /// Why step() answered refused: corrupt; incompatible, naming what the code no longer has;
  /// memory_limit, quota_denied.
  [[nodiscard]] const Error& error() const noexcept { return error_; }

  /// Whether the data of the globals is in it.
  [[nodiscard]] bool has_globals() const noexcept { return has_globals_; }
  /// Sets the globals, and the data of tables that are code, by raw access.
  /// Requires: step() has answered done. Errors: memory_limit; some may have been set by then.
  [[nodiscard]] Result<void> restore_globals();
  /// Pushes what on_checkpoint() had returned and answers how many values there are.
  /// Requires: step() has answered done. Raises: memory errors.
  [[nodiscard]] int push_values(lua_State* L) const;

 private:
  /// A table that is being filled.
  struct Frame {
    std::uint32_t left = 0;    ///< entries that have not been read
    std::uint32_t index = 0;   ///< of the last element
    std::uint32_t fields = 0;  ///< pairs that follow the elements
    bool is_map = false;
    bool is_mixed = false;
    bool has_metatable = false;
    bool is_key = false;        ///< it becomes the key of the next pair of the table around it
    bool is_metatable = false;  ///< it becomes the metatable of the table around it
  };
  enum class Pushed : std::uint8_t { value, table, nothing };
  /// A short string that has been pushed in this step.
  struct Recent {
    const char* text = nullptr;  ///< in the checkpoint
    std::uint32_t size = 0;
  };
  static constexpr std::size_t kRecents = 32;

  static int run(lua_State* L);
  static int set_globals(lua_State* L);
  [[nodiscard]] int current() const noexcept;
  void open(lua_State* L);
  void begin(lua_State* L);
  void keep(lua_State* L);
  [[nodiscard]] bool read_entries(lua_State* L);
  [[nodiscard]] bool read_element(lua_State* L, Frame& frame);
  [[nodiscard]] bool read_pair(lua_State* L, Frame& frame);
  [[nodiscard]] bool finish(lua_State* L, Frame& frame);
  [[nodiscard]] bool set_metatable(lua_State* L);
  void enter(lua_State* L, const Frame& frame);
  void leave(lua_State* L);
  [[nodiscard]] bool begin_part(const wire::Token& token);

  [[nodiscard]] Pushed push(lua_State* L, const wire::Token& token, Frame& opened);
  void push_string(lua_State* L, const wire::Token& token);
  [[nodiscard]] Pushed push_table(lua_State* L, const wire::Token& token, Frame& opened);
  [[nodiscard]] bool push_again(lua_State* L, std::uint32_t number);
  [[nodiscard]] bool push_actor(lua_State* L, std::uint32_t number);
  [[nodiscard]] bool push_named(lua_State* L, std::string_view name);
  void number_top(lua_State* L);
  [[nodiscard]] bool has_numbers() const noexcept;
  void find_next_again() noexcept;

  // Each answers false, for its caller to pass on.
  [[nodiscard]] bool corrupt();
  [[nodiscard]] bool gone(std::string_view name);
  void drop_anchor() noexcept;

  State& state_;
  const Checkpoint checkpoint_;
  const int behaviour_anchor_;
  wire::Reader reader_;
  std::string_view again_;        // the rest of the list of what is named again
  std::uint64_t next_again_ = 0;  // its next number; kNone at its end
  std::uint32_t count_ = 0;       // of the numbers that have been given
  std::vector<Frame> frames_;
  std::array<Recent, kRecents> recent_{};
  std::size_t work_ = 0;
  wire::Part part_ = wire::Part::modules;
  std::uint32_t results_ = 0;
  bool key_is_read_ = false;  // it is on the stack, above the table
  bool has_globals_ = false;
  bool anchored_ = false;
  bool done_ = false;
  bool failed_ = false;
  Error error_;
};

}  // namespace moonwright::runtime
