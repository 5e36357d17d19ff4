// host_modules.hpp: the C++ functions that the host has exposed.
#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "moonwright/result.hpp"
#include "runtime/host.hpp"

namespace moonwright::actors {

/// Thread: any.
class HostModules {
 public:
  /// Errors: invalid_argument, already_exists. See Runtime::expose().
  [[nodiscard]] Result<void> expose(std::string_view name, HostFunction function);
  /// The functions exposed so far under `module`; null if there are none.
  [[nodiscard]] std::shared_ptr<const runtime::HostModule> find(std::string_view module) const;
  /// Of all modules so far, in order.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  mutable std::shared_mutex mutex_;
  /// Modules are replaced, not changed: an actor keeps the one that it required.
  std::unordered_map<std::string, std::shared_ptr<const runtime::HostModule>> modules_;
};

}  // namespace moonwright::actors
