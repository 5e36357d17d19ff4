// stage.cpp: see stage.hpp.
#include "support/stage.hpp"

#include <string>
#include <utility>

#include "support/give_up.hpp"

namespace moonwright::bench {
namespace {

Runtime& start(std::string_view scripts, RuntimeOptions options) {
  if (options.workers == 0) options.workers = 2;
  options.script_root = MOONWRIGHT_SOURCE_DIR "/bench/" + std::string(scripts);
  // Never stopped and never freed: stopping 100,000 actors is not what is measured here.
  return *new Runtime(value_of(Runtime::start(std::move(options))));
}

}  // namespace

Stage::Stage(std::string_view scripts, RuntimeOptions options)
    : runtime_(start(scripts, std::move(options))) {}

ActorRef Stage::spawn(std::string_view script, SpawnOptions options) {
  options.script = Script::file(std::string(script));
  return value_of(runtime_.spawn(std::move(options)));
}

Values Stage::call(const ActorRef& actor, std::string_view name, Values args) {
  Reply reply = request(actor, name, std::move(args));
  return await(reply);
}

Stage::Reply Stage::request(const ActorRef& actor, std::string_view name, Values args) {
  return runtime_.call(actor, name, std::move(args), kTimeout);
}

Values Stage::await(Reply& reply) { return value_of(reply.get()); }

}  // namespace moonwright::bench
