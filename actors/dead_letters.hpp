// dead_letters.hpp: where messages go that nobody will handle any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <vector>

#include "moonwright/dead_letter.hpp"
#include "runtime/message_note.hpp"

namespace moonwright::actors {

/// The last dead letters, and how many there have been.
///
/// Thread: any. Whoever looks at them waits for nobody but for others who do; actors add theirs
/// when something has gone wrong, never on the way of a message that is handled.
class DeadLetters {
 public:
  /// Kept at most; older ones make room.
  static constexpr std::size_t kKept = 1'000;

  void add(DeadLetterKind kind, const ActorRef& receiver, std::string_view receiver_name,
           std::uint32_t incarnation, runtime::MessageNote note, const Error& error);
  /// The oldest first.
  [[nodiscard]] std::vector<DeadLetter> letters() const;
  [[nodiscard]] DeadLetterCounts counts() const;
  /// Lets go of what the letters refer to.
  void clear();

 private:
  struct Kept {
    DeadLetter letter;  ///< without its arguments
    runtime::MessageNote note;
  };

  mutable std::mutex mutex_;
  std::deque<Kept> letters_;
  DeadLetterCounts counts_{};
};

}  // namespace moonwright::actors
