// directory.cpp: see directory.hpp.
#include "actors/directory.hpp"

#include <mutex>

namespace moonwright::actors {

Result<void> Directory::add(std::string_view name, const ActorRef& actor) {
  if (name.empty() || name.size() > kNameBytesMax) {
    return fail(ErrorCode::invalid_argument, "an actor's name has 1 to 200 bytes");
  }
  const std::unique_lock lock(mutex_);
  if (actors_.try_emplace(std::string(name), actor).second) return {};
  return fail(ErrorCode::already_exists,
              "an actor is already registered as '" + std::string(name) + "'");
}

void Directory::remove(std::string_view name, const ActorRef& actor) noexcept {
  const std::unique_lock lock(mutex_);
  const auto at = actors_.find(name);
  if (at != actors_.end() && at->second == actor) actors_.erase(at);
}

ActorRef Directory::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto at = actors_.find(name);
  return at == actors_.end() ? ActorRef{} : at->second;
}

}  // namespace moonwright::actors
