// stage.hpp: what the works of the soak have in common.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <moonwright/moonwright.hpp>
#include <random>
#include <string>
#include <vector>

#include "ledger.hpp"

namespace moonwright::soak {

using Random = std::mt19937_64;

/// All of it outlives every work.
struct Stage {
  Runtime& runtime;
  Ledger& ledger;
  std::filesystem::path folder;   ///< of the program's own, for files
  std::filesystem::path scripts;  ///< scripts that do not change

  [[nodiscard]] Script script(const std::string& name) const {
    return Script::file((scripts / name).string());
  }
};

/// One part of what goes on at the same time. One thread steps it, and no other touches it.
class Work {
 public:
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  virtual ~Work() = default;

  /// A small piece, within some milliseconds.
  virtual void step(Random& random) = 0;
  /// Asks all to end that it has begun, without waiting.
  virtual void end() = 0;
};

/// The works. Each counts what it does under names of its own.
[[nodiscard]] std::unique_ptr<Work> make_crowd(Stage& stage);
[[nodiscard]] std::unique_ptr<Work> make_family(Stage& stage);
[[nodiscard]] std::unique_ptr<Work> make_services(Stage& stage);
[[nodiscard]] std::unique_ptr<Work> make_pools(Stage& stage);
[[nodiscard]] std::unique_ptr<Work> make_hogs(Stage& stage);
[[nodiscard]] std::unique_ptr<Work> make_vaults(Stage& stage);
[[nodiscard]] std::unique_ptr<Work> make_sleepers(Stage& stage);
[[nodiscard]] std::unique_ptr<Work> make_observer(Stage& stage);

/// The number of a random choice among `count`.
[[nodiscard]] inline std::size_t pick(Random& random, std::size_t count) {
  return static_cast<std::size_t>(random() % count);
}

}  // namespace moonwright::soak
