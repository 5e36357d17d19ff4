// actor_script_checkpoint.cpp: taking the data of a script out of its state, and putting it into a
// fresh one.
#include <algorithm>
#include <lua.hpp>
#include <new>
#include <utility>

#include "runtime/actor_script.hpp"
#include "runtime/carrying.hpp"
#include "runtime/error_value.hpp"
#include "runtime/task_entries.hpp"

namespace moonwright::runtime {

// Out ---------------------------------------------------------------------------------------------

void ActorScript::save(const CheckpointWriterOptions& options, bool only_hook) {
  saving_ = std::make_unique<Saving>();
  saving_->options = options;
  saving_->only_hook = only_hook;
  Task* const task = new_task(TaskKind::hook);
  if (task == nullptr) {
    saving_->error = Error{ErrorCode::memory_limit, "no memory for on_checkpoint()", {}};
    return;
  }
  // Like a hook of the module `lifecycle`: if it fails, that is all that does.
  task->life_hook = true;
  saving_->task = task;
  const std::uint32_t life = task->life;
  run(*task, entries::run_checkpoint, nullptr);
  note_suspended(*task, life, "on_checkpoint");
  settle();
}

bool ActorScript::writes() const noexcept { return saving_ != nullptr && saving_->writes(); }

void ActorScript::keep_results(lua_State* L, int first) {
  const int count = lua_gettop(L) - first + 1;
  lua_createtable(L, count, 0);
  lua_insert(L, first);
  for (int i = count; i > 0; --i) lua_rawseti(L, first, i);
  saving_->results = luaL_ref(L, LUA_REGISTRYINDEX);
  saving_->count = count;
  saving_->asked = true;
  // It says what matters.
  saving_->options.globals = false;
}

void ActorScript::save_without_hook() {
  saving_->asked = true;
  if (!saving_->only_hook) return;
  saving_->error = Error{ErrorCode::not_found, "the script has no on_checkpoint()", {}};
}

/// One step of the writer; the first one only begins.
void ActorScript::write_on() {
  Saving& saving = *saving_;
  if (!saving.writer) {
    CheckpointWriter& writer = saving.writer.emplace(*state_, saving.options);
    lua_State* const L = state_->lua();
    const int top = lua_gettop(L);
    if (lua_checkstack(L, saving.count + 2) == 0) {
      saving.error = Error{ErrorCode::memory_limit, "on_checkpoint() returned too much", {}};
      return;
    }
    if (saving.results != 0) {
      lua_rawgeti(L, LUA_REGISTRYINDEX, saving.results);
      for (int i = 1; i <= saving.count; ++i) lua_rawgeti(L, top + 1, i);
    }
    const int first = saving.results != 0 ? top + 2 : top + 1;
    auto begun = writer.begin(L, first, saving.count, behaviour_anchor_, &code_as_begun_);
    lua_settop(L, top);
    if (!begun) saving.error = std::move(begun.error());
    return;
  }
  switch (saving.writer->step()) {
    case CheckpointProgress::more: return;
    case CheckpointProgress::done: saving.done = true; return;
    case CheckpointProgress::refused: saving.error = saving.writer->error(); return;
  }
}

bool ActorScript::has_saved() const noexcept { return saving_ != nullptr && saving_->finished(); }

Result<Checkpoint> ActorScript::take_saved(CheckpointInfo info) {
  const std::unique_ptr<Saving> saving = std::move(saving_);
  if (saving->results != 0) luaL_unref(state_->lua(), LUA_REGISTRYINDEX, saving->results);
  if (saving->error) return fail(std::move(*saving->error));
  return saving->writer->take(std::move(info));
}

/// The chunk has run: what is there now is what another state will have, too. Without memory for
/// that, checkpoints are refused what has a name.
void ActorScript::note_code() noexcept {
  try {
    code_as_begun_ = CodeSnapshot(CodeRoots::of(state_->lua(), behaviour_anchor_));
  } catch (const std::bad_alloc&) {
  }
}

/// A task has ended: was it on_checkpoint()? What a limit has ended has no error of its own.
void ActorScript::note_saver(const Task& task, const Error* error) {
  if (saving_ == nullptr || saving_->task != &task) return;
  saving_->task = nullptr;
  if (error != nullptr) {
    saving_->error = *error;
  } else if (!saving_->asked) {
    saving_->error =
        Error{ErrorCode::cancelled, "on_checkpoint() was ended before it returned", {}};
  }
}

const char* ActorScript::what_keeps_it() const noexcept {
  if (tasks_active_ > 0) return "a handler, a fork or a hook of it has not ended";
  if (timers_active_ > 0) return "it has a timer";
  if (answers_put_off_ > 0 || promises_ > 0) return "it has put off an answer";
  if (!monitors_.empty()) return "it monitors an actor";
  if (subscribes_to_events()) return "it subscribes to events";
  const auto is_open = [](const Request& request) { return request.open; };
  if (std::any_of(requests_.begin(), requests_.end(), is_open)) return "it waits for an answer";
  return nullptr;
}

bool ActorScript::has_last_words() {
  if (has_life_hooks()) return true;
  if (behaviour_ != Behaviour::table) return false;
  struct Look {
    int behaviour;
    bool found = true;
  } look{behaviour_anchor_};
  const auto find = [](lua_State* L) {
    auto* found = static_cast<Look*>(lua_touserdata(L, 1));
    lua_rawgeti(L, LUA_REGISTRYINDEX, found->behaviour);
    if (lua_getmetatable(L, -1) != 0) return 0;  // who knows
    lua_pushliteral(L, "on_stop");
    found->found = lua_rawget(L, -2) != LUA_TNIL;
    return 0;
  };
  return !state_->protect(find, &look) || look.found;
}

// In ----------------------------------------------------------------------------------------------

/// The chunk has returned, and its data is to be put in place before anything else happens.
bool ActorScript::begin_restoring() {
  restoring_ = std::make_unique<Restoring>(*state_, options_.restore, behaviour_anchor_);
  auto modules = modules_of(options_.restore);
  options_.restore = {};
  if (!modules) {
    scratch().error = std::move(modules.error());
    return false;
  }
  restoring_->modules = std::move(*modules);
  return true;
}

const char* ActorScript::module_to_restore(std::size_t index) const noexcept {
  return index < restoring_->modules.size() ? restoring_->modules[index].c_str() : nullptr;
}

CheckpointProgress ActorScript::step_restoring() {
  const CheckpointProgress progress = restoring_->reader.step();
  if (progress == CheckpointProgress::refused) {
    scratch().error = restoring_->reader.error();
  } else if (progress == CheckpointProgress::done && restoring_->reader.has_globals()) {
    if (auto restored = restoring_->reader.restore_globals(); !restored) {
      scratch().error = std::move(restored.error());
      return CheckpointProgress::refused;
    }
  }
  return progress;
}

int ActorScript::push_restored(lua_State* L) const { return restoring_->reader.push_values(L); }

void ActorScript::end_restoring() noexcept { restoring_.reset(); }

}  // namespace moonwright::runtime
