// samples.hpp: the figures of many runs, by key.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/figures.hpp"

namespace moonwright::bench {

/// What `fraction` of `values` are at most, between two of them by proportion: 0 is the least, 0.5
/// the median, 1 the greatest. Requires: at least one value.
[[nodiscard]] double quantile(std::vector<double> values, double fraction);

/// The figures of all runs, by key.
class Samples {
 public:
  void add(const Figures& figures);

  /// In the order in which they first came.
  [[nodiscard]] const std::vector<std::string>& keys() const noexcept { return keys_; }
  [[nodiscard]] bool has(std::string_view key) const { return values_.contains(key); }
  /// In the order of the runs. Requires: has(key).
  [[nodiscard]] const std::vector<double>& of(std::string_view key) const {
    return values_.find(key)->second;
  }

 private:
  std::vector<std::string> keys_;
  std::map<std::string, std::vector<double>, std::less<>> values_;
};

}  // namespace moonwright::bench
