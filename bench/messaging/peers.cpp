// peers.cpp: see peers.hpp.
#include "messaging/peers.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "support/process.hpp"

namespace moonwright::bench {

namespace fs = std::filesystem;

std::optional<ErlangPeer> ErlangPeer::prepare() {
  std::error_code failure;
  std::string folder = (fs::temp_directory_path(failure) / "moonwright-bench-XXXXXX").string();
  if (failure || mkdtemp(folder.data()) == nullptr) return std::nullopt;
  ErlangPeer peer(folder);
  const std::string source = MOONWRIGHT_SOURCE_DIR "/bench/peers/erlang/messaging.erl";
  if (!run_program({"erlc", "-o", folder, source})) return std::nullopt;
  return peer;
}

ErlangPeer::ErlangPeer(std::string folder) noexcept : folder_(std::move(folder)) {}
ErlangPeer::ErlangPeer(ErlangPeer&& other) noexcept
    : folder_(std::exchange(other.folder_, std::string())) {}

ErlangPeer::~ErlangPeer() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Result<Figures> ErlangPeer::run(std::string_view workload) const {
  return run_program({"erl", "+S", "2:2", "-noshell", "-pa", folder_, "-run", "messaging", "main",
                      std::string(workload)});
}

}  // namespace moonwright::bench
