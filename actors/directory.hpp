// directory.hpp: the names of actors.
#pragma once

#include <cstddef>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "moonwright/actor_ref.hpp"
#include "moonwright/result.hpp"

namespace moonwright::actors {

/// Thread: any.
class Directory {
 public:
  /// Longest name, in bytes.
  static constexpr std::size_t kNameBytesMax = 200;

  /// Errors: already_exists, invalid_argument (empty or too long).
  [[nodiscard]] Result<void> add(std::string_view name, const ActorRef& actor);
  /// Forgets `name` if it is `actor`'s.
  void remove(std::string_view name, const ActorRef& actor) noexcept;
  /// The empty reference if nobody has the name.
  [[nodiscard]] ActorRef find(std::string_view name) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, ActorRef, Hash, std::equal_to<>> actors_;
};

}  // namespace moonwright::actors
