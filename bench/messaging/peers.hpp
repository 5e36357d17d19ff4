// peers.hpp: the same workloads on another runtime, for comparison.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "moonwright/result.hpp"
#include "support/figures.hpp"

namespace moonwright::bench {

/// bench/peers/erlang/messaging.erl on the BEAM, with two schedulers.
///
/// Owns: a temporary folder with the compiled program.
class ErlangPeer {
 public:
  /// Compiles the program. Nothing if that fails, for example because there is no Erlang.
  [[nodiscard]] static std::optional<ErlangPeer> prepare();

  ErlangPeer(ErlangPeer&& other) noexcept;
  ErlangPeer& operator=(ErlangPeer&&) = delete;
  ~ErlangPeer();

  [[nodiscard]] Result<Figures> run(std::string_view workload) const;

 private:
  explicit ErlangPeer(std::string folder) noexcept;

  std::string folder_;
};

}  // namespace moonwright::bench
