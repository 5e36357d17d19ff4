// script_actor_profiles.cpp: who profiles an actor, from other threads and on its own.
#include <memory>
#include <utility>

#include "actors/core.hpp"
#include "actors/script_actor.hpp"
#include "runtime/error_value.hpp"
#include "runtime/memory_sampler.hpp"

namespace moonwright::actors {
namespace {

tl::unexpected<Error> is_dead() {
  return fail(runtime::code_of(Posted::dead), runtime::text_of(Posted::dead));
}

}  // namespace

Result<ScriptActor*> ScriptActor::find_living(const detail::RefTarget& target) {
  if (Address::of(target).kind() != AddressKind::script) {
    return fail(ErrorCode::invalid_argument, "the reference is of no actor that runs a script");
  }
  auto& actor = static_cast<ScriptActor&>(Address::of(target));
  if (actor.ended()) return is_dead();
  return &actor;
}

Result<void> ScriptActor::profile(const detail::RefTarget& target, const CpuProfiler& profiler) {
  const Result<ScriptActor*> actor = find_living(target);
  if (!actor) return fail(actor.error());
  CpuProfilers& profilers = (*actor)->core_.watchdog().profilers();
  profilers.add(profiler, target.id());
  // It may have ended in between, and forgotten those that it knew of.
  if (!(*actor)->ended()) return {};
  profilers.forget(target.id());
  return is_dead();
}

Result<void> ScriptActor::profile(const detail::RefTarget& target, const MemoryProfiler& profiler) {
  const Result<ScriptActor*> actor = find_living(target);
  if (!actor) return fail(actor.error());
  auto offer = std::make_unique<MemoryProfiler>(profiler);
  offer.reset((*actor)->offered_profiler_.exchange(offer.release()));
  if (!(*actor)->deliver(MessagePtr(Message::make(MessageKind::profile)), nullptr)) {
    return is_dead();
  }
  return {};
}

void ScriptActor::start_profiles() {
  const SpawnExtras* const extras = spec_.extras.get();
  if (extras == nullptr) return;
  if (extras->memory_profiler) {
    life_->memory_profiler = std::make_unique<MemoryProfiler>(*extras->memory_profiler);
  }
  if (extras->cpu_profiler) core_.watchdog().profilers().add(*extras->cpu_profiler, id());
}

std::unique_ptr<MemoryProfiler> ScriptActor::take_offer() noexcept {
  return std::unique_ptr<MemoryProfiler>(offered_profiler_.exchange(nullptr));
}

void ScriptActor::take_offered_profiler() {
  if (auto offer = take_offer()) life_->memory_profiler = std::move(offer);
}

runtime::MemorySampler* ScriptActor::memory_sampler() noexcept {
  if (life_->memory_profiler == nullptr) return nullptr;
  if (life_->memory_profiler->stopped()) life_->memory_profiler.reset();
  return life_->memory_profiler != nullptr ? &life_->memory_profiler->sampler() : nullptr;
}

void ScriptActor::profile_milestone(std::string_view label) {
  if (script_ == nullptr || script_->try_state() == nullptr) return;
  runtime::MemorySampler* const sampler = memory_sampler();
  if (sampler == nullptr) return;
  sampler->milestone(core_.clock().now(), runtime::glance_at(*script_).used_bytes, label);
}

}  // namespace moonwright::actors
