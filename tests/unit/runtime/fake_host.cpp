// fake_host.cpp: see fake_host.hpp.
#include "fake_host.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace moonwright::runtime {
namespace {

Values decoded(const Encoder& payload) {
  auto values = decode_values(payload.bytes(), payload.refs());
  EXPECT_TRUE(values) << values.error().message;
  return values ? std::move(*values) : Values{};
}

}  // namespace

FakeHost::FakeHost() { names["self"] = &add_target(); }

FakeHost::~FakeHost() {
  sent.clear();
  answers.clear();
  spawns.clear();
  for (const auto& target : targets) {
    EXPECT_EQ(target->references, 0) << "references to target " << target->id();
  }
}

FakeTarget& FakeHost::add_target() {
  targets.push_back(std::make_unique<FakeTarget>(targets.size() + 1));
  return *targets.back();
}

const detail::RefTarget* FakeHost::self() const noexcept { return targets.front().get(); }

Posted FakeHost::post(const detail::RefTarget& to, std::uint64_t correlation, Instant deadline,
                      const Encoder& payload, bool) noexcept {
  if (post_result == Posted::ok) sent.push_back({&to, correlation, deadline, decoded(payload)});
  return post_result;
}

void FakeHost::reply(ReplyTo& to, const Encoder& payload) noexcept {
  EXPECT_TRUE(to.owed());
  answers.push_back({std::exchange(to.correlation, 0), {}, decoded(payload)});
}

void FakeHost::refuse(ReplyTo& to, const Error& error) noexcept {
  EXPECT_TRUE(to.owed());
  answers.push_back({std::exchange(to.correlation, 0), error, {}});
}

void FakeHost::refuse_with_value(ReplyTo& to, const Error& error, const Encoder& value) noexcept {
  EXPECT_TRUE(to.owed());
  answers.push_back({std::exchange(to.correlation, 0), error, decoded(value)});
}

Result<ActorRef> FakeHost::spawn(SpawnRequest request) noexcept {
  if (spawn_error) return fail(*spawn_error);
  spawns.push_back(std::move(request));
  return ActorRef::of(&add_target());
}

Result<void> FakeHost::register_name(std::string_view wanted) noexcept {
  if (names.contains(wanted)) return fail(ErrorCode::already_exists, "the name is taken");
  names.emplace(wanted, self());
  return {};
}

ActorRef FakeHost::whereis(std::string_view wanted) const noexcept {
  const auto at = names.find(wanted);
  return at == names.end() ? ActorRef() : ActorRef::of(at->second);
}

void FakeHost::monitor(const detail::RefTarget& target, std::uint64_t number) noexcept {
  wishes.push_back({"monitor", &target, number});
}

void FakeHost::demonitor(const detail::RefTarget& target, std::uint64_t number) noexcept {
  wishes.push_back({"demonitor", &target, number});
}

void FakeHost::stop(const detail::RefTarget& target, Instant) noexcept {
  wishes.push_back({"stop", &target, 0});
}

void FakeHost::kill(const detail::RefTarget& target) noexcept {
  wishes.push_back({"kill", &target, 0});
}

void FakeHost::log(LogLevel level, std::string_view text) noexcept {
  log_lines.push_back(std::string(to_string(level)) + ": " + std::string(text));
}

Result<ActorStats> FakeHost::stats(const detail::RefTarget& target) const noexcept {
  if (&target == self()) return ActorStats{};
  const auto at = actor_stats.find(&target);
  if (at != actor_stats.end()) return at->second;
  return moonwright::fail(ErrorCode::dead, "the actor has ended");
}

Result<std::shared_ptr<const Code>> FakeHost::find_module(std::string_view wanted) noexcept {
  const auto at = modules.find(wanted);
  if (at == modules.end()) {
    return fail(ErrorCode::not_found, "module '" + std::string(wanted) + "' not found");
  }
  auto code = compile(at->second, "@" + at->first + ".lua");
  if (!code) return fail(std::move(code.error()));
  return std::make_shared<const Code>(std::move(*code));
}

std::shared_ptr<const HostModule> FakeHost::host_module(std::string_view wanted) const noexcept {
  const auto at = host_modules.find(wanted);
  return at == host_modules.end() ? nullptr : at->second;
}

}  // namespace moonwright::runtime
