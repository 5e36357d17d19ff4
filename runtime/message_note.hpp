// message_note.hpp: what is remembered of a message once that has been let go.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "runtime/message.hpp"

namespace moonwright::runtime {

struct MessageNote {
  std::string name;
  std::string bytes;              ///< all of it, if that is not much
  std::unique_ptr<RefList> refs;  ///< that belong to `bytes`; null if there are none
  ActorRef sender;
  std::size_t size = 0;
};

[[nodiscard]] MessageNote note_of(const Message& message);

}  // namespace moonwright::runtime
