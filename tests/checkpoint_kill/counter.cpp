// counter.cpp: counts, checkpoints continuously, and says what it does, until it is killed.
//
// checkpoint_counter FILE MILLISECONDS: an actor whose checkpoints go to FILE so often. Lines:
//
//   restored N T  it begins with the state of step N, and that is whole
//   taken N T     a checkpoint of the state of step N has been begun
//   step N T      step N has been answered
//   broken WHY    what it has begun with contradicts itself
//
// T is when, in microseconds.
// Answers and checkpoint files are dealt with by the same thread in their order, and each step
// waits for the line of the one before. So a file is complete when a later step than its own is
// printed, and none is newer than the last step that is printed.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <moonwright/moonwright.hpp>
#include <string>
#include <utility>

namespace moonwright {
namespace {

/// 3,000 accounts, linked into a ring, between which money goes to and fro: the sum stays. Each has
/// the same bank, as an object that knows how often something was done.
constexpr const char* kScript = R"(
  local kAccounts, kMoney = 3000, 100

  local function fresh()
    local bank = { steps = 0, purpose = ("p"):rep(100) }
    local accounts = {}
    for i = 1, kAccounts do accounts[i] = { bank = bank, money = kMoney, last = 0 } end
    for i = 1, kAccounts do accounts[i].next = accounts[i % kAccounts + 1] end
    return { accounts = accounts, bank = bank, count = 0, history = {} }
  end

  local state = fresh()

  -- What contradicts itself, or nothing.
  local function fault()
    if state.count ~= state.bank.steps then return "the bank has another count" end
    local sum, newest, at = 0, 0, state.accounts[1]
    for i = 1, kAccounts do
      local account = state.accounts[i]
      if account ~= at then return "account " .. i .. " is not in the ring" end
      if account.bank ~= state.bank then return "account " .. i .. " is of another bank" end
      sum, newest, at = sum + account.money, math.max(newest, account.last), account.next
    end
    if at ~= state.accounts[1] then return "the ring does not close" end
    if sum ~= kAccounts * kMoney then return "the sum is " .. sum end
    if newest ~= state.count then return "the newest transfer is of step " .. newest end
    for i = 1, 10 do
      local step = state.count - i + 1
      if step > 0 and state.history[step % 10] ~= "step " .. step then
        return "the history lacks step " .. step
      end
    end
  end

  return {
    step = function()
      local count = state.count + 1
      state.count, state.bank.steps = count, count
      for i = 1, 100 do
        local from = state.accounts[(count * 97 + i * 31) % kAccounts + 1]
        local to = state.accounts[(count * 53 + i * 17) % kAccounts + 1]
        from.money = from.money - i
        to.money = to.money + i
        from.last, to.last = count, count
      end
      state.history[count % 10] = "step " .. count
      return count
    end,
    look = function() return state.count, fault() end,
    on_checkpoint = function()
      print(state.count)
      return state
    end,
    on_restore = function(data) state = data end,
  }
)";

/// One write for a line, so that a kill leaves none in half.
void say(std::string line) {
  line += '\n';
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(1);
}

void say_now(const std::string& what, std::string_view number) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  say(what + ' ' + std::string(number) + ' ' + std::to_string(microseconds));
}

[[noreturn]] void give_up(const Error& error) {
  say("broken " + error.message);
  std::_Exit(1);
}

/// Steps for ever, each when the one before has been printed.
void step(Runtime& runtime, const ActorRef& counter) {
  runtime.call(counter, "step", {}, std::chrono::minutes(1),
               [&runtime, counter](const Result<Values>& answer) {
                 if (!answer) give_up(answer.error());
                 say_now("step", std::to_string(answer->front().as_integer()));
                 step(runtime, counter);
               });
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  RuntimeOptions options;
  options.workers = 1;
  options.log = {.target = LogOptions::Target::standard_error, .level = LogLevel::warn};
  options.output = [](std::string_view, std::string_view text) {
    say_now("taken", text.substr(0, text.size() - 1));
  };
  auto runtime = Runtime::start(std::move(options));
  if (!runtime) give_up(runtime.error());

  SpawnOptions counter;
  counter.script = Script::text(kScript, "counter");
  counter.checkpoint_file = argv[1];
  counter.checkpoint_every = std::chrono::milliseconds(std::atoi(argv[2]));  // NOLINT(cert-err34-c)
  const auto actor = runtime->spawn(std::move(counter));
  if (!actor) give_up(actor.error());
  const auto found = runtime->call(*actor, "look", {}, std::chrono::minutes(1)).get();
  if (!found) give_up(found.error());
  if (found->size() > 1 && !found->at(1).is_nil()) {
    give_up({ErrorCode::corrupt, std::string(found->at(1).as_string()), {}});
  }
  say_now("restored", std::to_string(found->front().as_integer()));
  step(*runtime, *actor);
  for (;;) ::pause();
}

}  // namespace
}  // namespace moonwright

int main(int argc, char** argv) { return moonwright::main(argc, argv); }
