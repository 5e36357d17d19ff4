// crash_report.hpp: what is kept of an actor's failure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "moonwright/error.hpp"

namespace moonwright {

/// One incarnation that failed. Texts are cut: a message after 1 KiB, a traceback after 4 KiB.
struct CrashReport {
  std::chrono::system_clock::time_point time{};
  std::string child{};  ///< its id under the supervisor
  std::uint32_t incarnation = 0;
  std::string reason{};  ///< "error", "killed", the name of a limit, or what the actor said
  Error error{};
  std::string message_name{};  ///< of the message that was being handled; empty: none
  std::uint64_t memory_bytes = 0;
  std::size_t mailbox_messages = 0;

  friend bool operator==(const CrashReport&, const CrashReport&) = default;
};

}  // namespace moonwright
