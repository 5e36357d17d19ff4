// checkpoint_path.hpp: where in the data of a script something is, as people write it.
#pragma once

#include <string>

#include "runtime/lua_tables.h"

namespace moonwright::runtime {

/// Puts together `state.jobs[3].callback`, from the outside in. Of a long path only both ends are
/// kept. May throw std::bad_alloc.
class CheckpointPath {
 public:
  /// Begins anew, with `root`.
  void begin(std::string root);
  /// The entry under `key`.
  void step(const MoonwrightValue& key);
  /// What the path leads to is the key of the last step instead of its value.
  void key();
  /// The metatable of what it leads to.
  void metatable();

  [[nodiscard]] std::string text() &&;

 private:
  void add(const std::string& text);

  std::string head_;
  std::string tail_;
  bool is_cut_ = false;
};

}  // namespace moonwright::runtime
