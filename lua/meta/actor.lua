---@meta actor
-- actor.lua: what `require "actor"` gives to a script, for the Lua language server.
--
-- Documentation only, never run: point `workspace.library` at this folder. A test compares it with
-- the real module, both ways.

---The actor's own view of the runtime: messages, time, other actors.
---
---A script is an actor. Its chunk runs once, with the spawn arguments in `...`, and what it returns
---is its behaviour (`actor.Behaviour`): a table of handlers, one function, or nothing.
---@class actor
local actor = {}

---What a chunk returns: handlers by message name, and hooks.
---
---What a handler returns is the reply; an error that leaves it is the answer, too. Handlers of one
---actor interleave only where one of them awaits. One function instead of a table takes
---everything: `function(name, ...)`. A chunk that returns nothing ends its actor when it and its
---forks are done.
---@class actor.Behaviour
---@field on_down? actor.DownHook an actor that it monitors has ended
---@field on_stop? fun() somebody asked it to stop; it ends when this returns
---@field on_exit? fun(reason: actor.Reason) the last thing that runs, unless it is killed
---@field ["*"]? fun(name: string, ...): ... takes the messages that have no handler
---@field [string] fun(...): ... a handler

---@alias actor.DownHook fun(ref: actor.Ref, reason: actor.Reason, info: actor.DownInfo)

---How an actor ended: one of these, or the reason it gave to `actor.exit`.
---@alias actor.Reason "normal"|"stopped"|"killed"|"error"|string

---@class actor.DownInfo
---@field restarting boolean whether the actor comes back under the same address
---@field linked boolean whether it is told because of a link, and not because of a monitor
---@field message? string with reason "error": what went wrong
---@field code? actor.Code with reason "error": its kind

---The kinds of error; the C++ side has the same.
---@alias actor.Code
---| "error" # a script raised an error of its own
---| "error_in_handler" # an error handler failed in its turn
---| "timeout" # a deadline passed before the answer came
---| "cancelled" # somebody gave the work up, or a promise was dropped
---| "dead" # the actor has ended, or ended before it answered
---| "killed" # the actor was killed before it answered
---| "stopped" # the actor is stopping and takes no new work
---| "overload" # a bound was reached: mailbox, requests in flight, timers
---| "no_handler" # the actor has no handler of that name
---| "deadlock" # waiting would wait for itself
---| "denied" # the sandbox does not allow this
---| "too_large" # a message is over one of its caps
---| "memory_limit"
---| "instruction_limit"
---| "cpu_limit"
---| "quota_denied" # the runtime's memory budget has nothing left
---| "invalid_argument" # the call itself is wrong
---| "syntax_error" # the script does not compile
---| "not_found" # no such file, actor or name
---| "already_exists" # the name is taken
---| "corrupt"
---| "incompatible"
---| "io" # the operating system refused
---| "unsupported" # a value that no message can carry

---What `pcall` catches when the runtime or another actor raises. `tostring` gives the message and
---the traceback of the actor that failed.
---@class actor.Error
---@field code actor.Code for programs
---@field message string for people; one line
---@field traceback string of the script that failed; may be empty
---@field scope? "within" with code "timeout": it was `actor.within` that expired
---@field value? any what the callee raised, if it raised a table

---What may travel in a message: nil, booleans, numbers, strings, references, and tables of those
---with any keys; shared tables and cycles arrive as such. Functions, coroutines and other userdata
---are refused (`unsupported`), and so is what is over a cap (`too_large`); the error names the
---place.
---@alias actor.Sendable nil|boolean|number|string|actor.Ref|table

---A number of bytes, or a text such as "8MiB".
---@alias actor.Bytes integer|string

---A number of seconds, or a text such as "200ms", "1.5s" or "2m".
---@alias actor.Time number|string

---The address of an actor. It keeps the address valid, not the actor alive. References to the
---same actor are equal, work as table keys, and may be sent in messages.
---@class actor.Ref
local Ref = {}

---Sends a message and does not wait, ever.
---@param name string
---@param ... actor.Sendable
---@return boolean sent
---@return actor.Error? why_not `overload`, `dead`, `stopped`, `too_large`, `unsupported`
function Ref:send(name, ...) end

---Sends a request and awaits the reply.
---
---It waits 5 s at most; less inside `actor.within`, or in a handler whose caller waits less.
---@param name string
---@param ... actor.Sendable
---@return any ... what the handler returned
function Ref:call(name, ...) end

---Sends a request and goes on; the reply comes out of the future.
---@param name string
---@param ... actor.Sendable
---@return actor.Future
function Ref:request(name, ...) end

---The actor's number: unique in the process, never reused.
---@return integer
function Ref:id() end

---A reply that is on its way.
---@class actor.Future
local Future = {}

---Awaits the reply; raises what `Ref:call` would.
---@return any ...
function Future:await() end

---Gives the reply up: who awaits it gets `cancelled`, and a late reply is dropped.
function Future:cancel() end

---@return boolean done whether `await` would return, or raise, at once
function Future:done() end

---A function that runs later.
---@class actor.Timer
local Timer = {}

---Does nothing if the timer has fired or was cancelled before.
function Timer:cancel() end

---A function that runs beside what started it.
---@class actor.Task
local Task = {}

---Raises `cancelled` in the task at its next await; its to-be-closed variables are closed.
function Task:cancel() end

---@class actor.Monitor
local Monitor = {}

---Ends the watch; `on_down` is not called for it any more.
function Monitor:cancel() end

---An answer owed. Collected without having answered, it answers `cancelled`.
---@class actor.Promise
local Promise = {}

---Answers the request with these values.
---@param ... actor.Sendable
function Promise:reply(...) end

---Answers the request with an error.
---@param err string|actor.Error|table
function Promise:error(err) end

---@class actor.SpawnOptions
---@field script? string path of the script, relative to the program's folder
---@field source? string the script itself, instead of a path
---@field chunk_name? string what error messages call the source
---@field args? actor.Sendable[] what the chunk sees in `...`
---@field name? string registers the actor under this name
---@field profile? "strict"|"normal"|"relaxed"|string limits to start from, instead of the default
---@field limits? actor.Limits
---@field on_limit? "end_actor"|"abort_message" what ends at a limit: the actor, or the message only
---@field cancel_grace? actor.Time what cancelled work may take to clean up; 100 ms if not given
---@field sandbox? actor.Level|actor.Sandbox
---@field mailbox? actor.MailboxLimits
---@field max_in_flight? integer handlers that wait at an await at a time; 1,000 if not given
---@field thread? "shared"|"dedicated" "dedicated": a thread of its own, for scripts that block
---@field wait? boolean returns after the chunk has run, or raises its error
---@field checkpoint_every? actor.Time how often its data is taken, for a life after a crash
---@field passivate_after? actor.Time without a message, after which it is passive until the next
---@field quota_wait? number seconds it may wait for its first memory; else `quota_denied` at once
---@field detached? boolean does not stop when its parent does
---@field on_error? "report"|"crash" what an error does that leaves a handler: it is logged, or it
---ends
---the actor; "crash" for permanent and transient children of supervisors if not given, else
---"report"

---@alias actor.Level
---| "none" # trusted: io, os, package, debug, files anywhere
---| "restricted" # what reaches nothing outside; the default
---| "strict" # the same without load, collectgarbage and os, with coarse clocks

---@alias actor.Library "base"|"require"|"coroutine"|"table"|"string"|"math"|"utf8"|"os"|"io"
---| "package"|"debug"

---What an actor may do. Nobody gives more than he has himself; what is not said is the default, as
---far as the spawner has it.
---@class actor.Sandbox
---@field level? actor.Level
---@field libraries? actor.Library[] all that the level has if not given; `print` is always there
---@field capabilities? actor.Capabilities nothing if not given

---By name: `fs`, and the modules of the host with `true` or `false`.
---@class actor.Capabilities
---@field fs? actor.FileAccess
---@field [string] boolean

---Folders or files for `require "fs"`, relative to the program's folder.
---@class actor.FileAccess
---@field read? string[]
---@field write? string[] does not include reading

---What an actor may use. Nobody gives more than he has himself, unless he is trusted
---(`sandbox = "none"`): a profile or a default that has more is lowered, and what is asked for
---beyond it is refused (`denied`). `instructions` and `cpu_time` cover one run of a handler, timer
---or hook; `timeout` a message handler with its awaits.
---@class actor.Limits
---@field memory? actor.Bytes|"unlimited" of the whole state; 50 MiB if not given
---@field instructions? integer|"unlimited" of Lua's virtual machine; unlimited if not given
---@field cpu_time? actor.Time|"unlimited" on a processor; unlimited if not given
---@field timeout? actor.Time|"unlimited" on the wall; unlimited if not given
---@field actors? integer live descendants of an actor below level `none`; 100 if not given
---@field check_interval? integer instructions between two looks at the limits; 1,000 if not given
---@field warning_threshold? number fraction of a limit at which the script is warned; 0.8
---@field collect_threshold? number fraction of `memory` above which collections are forced; 0.7
---@field collect_interval? actor.Time between two of them, at least; 100 ms if not given
---@field collector? actor.Collector
---@field memory_class? "none"|"minimal"|"standard"|"large" bounds on stack and depth
---@field message? actor.MessageLimits of what the actor sends

---How garbage is collected; percentages as in Lua's `collectgarbage`.
---@class actor.Collector
---@field mode? "incremental"|"generational"
---@field pause? integer incremental: when a cycle begins, in percent of what was alive; 150
---@field step? integer incremental: speed relative to allocation; 100
---@field minor? integer generational: growth before a young collection; 20
---@field major? integer generational: growth before a full collection; 100

---@class actor.MessageLimits
---@field depth? integer tables inside tables; 64 if not given
---@field entries? integer table entries, all together; 100,000 if not given
---@field bytes? actor.Bytes encoded; 1 MiB if not given

---@class actor.MailboxLimits
---@field max? integer messages; 100,000 if not given
---@field max_bytes? actor.Bytes of all messages together; 8 MiB if not given
---@field policy? "reject" what happens to a message that finds the mailbox full

---Starts an actor and returns its address at once; its chunk runs in the actor. Only with
---`wait = true` does it await. The new actor stops when its parent does, unless `detached`.
---
---Raises `invalid_argument`, `not_found`, `io`, `syntax_error`, `already_exists` (the name),
---`denied`, `unsupported` and `too_large` (the arguments).
---
---```lua
---local counter = actor.spawn("counter.lua", 10)
---local reader = actor.spawn{ script = "reader.lua", args = { path }, sandbox = "none" }
---```
---@param script string
---@param ... actor.Sendable
---@return actor.Ref
---@overload fun(options: actor.SpawnOptions): actor.Ref
function actor.spawn(script, ...) end

---@return actor.Ref
function actor.self() end

---The name it is registered under, else the name of its script file.
---@return string
function actor.name() end

---Who sent the message that is being handled; nil if no actor did, or outside of handlers.
---@return actor.Ref?
function actor.sender() end

---`ref:send(...)`, also to an actor by its registered name.
---@param to actor.Ref|string
---@param name string
---@param ... actor.Sendable
---@return boolean sent
---@return actor.Error? why_not
function actor.send(to, name, ...) end

---`ref:call(...)`, also to an actor by its registered name.
---@param to actor.Ref|string
---@param name string
---@param ... actor.Sendable
---@return any ...
function actor.call(to, name, ...) end

---`ref:request(...)`, also to an actor by its registered name.
---@param to actor.Ref|string
---@param name string
---@param ... actor.Sendable
---@return actor.Future
function actor.request(to, name, ...) end

---Awaits all of them. Raises the first error.
---@param futures actor.Future[]
---@return any[] results the first result of each, in the order of the futures
function actor.all(futures) end

---Awaits the first that succeeds; raises only if none does.
---@param futures actor.Future[]
---@return any ... its results
function actor.any(futures) end

---The request being handled is answered later, by the promise, instead of by what the handler
---returns.
---@return actor.Promise
function actor.defer() end

---Seconds since some moment in the past; never runs backwards.
---@return number
function actor.now() end

---Awaits a moment `seconds` from now. The actor goes on handling messages.
---@param seconds number
function actor.sleep(seconds) end

---Runs `f(...)` once, `seconds` from now.
---@param seconds number
---@param f fun(...)
---@param ... any
---@return actor.Timer
function actor.after(seconds, f, ...) end

---Runs `f(...)` every `seconds`.
---@param seconds number
---@param f fun(...)
---@param ... any
---@return actor.Timer
function actor.every(seconds, f, ...) end

---Runs `f(...)` beside the caller, in the same actor: they take turns where one awaits.
---@param f fun(...)
---@param ... any
---@return actor.Task
function actor.fork(f, ...) end

---Runs `f(...)` and returns its results. All waits inside share one deadline, which travels with
---the messages they send; when it passes, the wait raises `timeout` with `scope = "within"`.
---@param seconds number
---@param f fun(...): ...
---@param ... any
---@return any ...
function actor.within(seconds, f, ...) end

---Gives this actor a name. Raises `already_exists` if somebody else has it.
---@param name string
function actor.register(name) end

---@param name string
---@return actor.Ref? ref nil if nobody has the name
function actor.whereis(name) end

---Has `on_down` called when that actor ends; at once if it has ended already.
---@param ref actor.Ref
---@return actor.Monitor
function actor.monitor(ref) end

---Links this actor with another one: the failure of either ends the other with the same reason,
---unless that traps. One link per pair, whoever asks. Needs control over the other, or to descend
---from it.
---@param ref actor.Ref
function actor.link(ref) end

---Ends a link.
---@param ref actor.Ref
function actor.unlink(ref) end

---Whether the ends of linked actors are told to `on_down`, with `info.linked`, instead of ending
---this one. An end by `actor.kill` of this actor itself cannot be trapped.
---@param traps boolean
function actor.trap(traps) end

---What hands control over an actor to whoever gets it in a message: he may then stop and kill it,
---link with it, and grant that in turn. A plain reference lets its holder send and watch. Whoever
---spawned an actor, or descends from no less than that, has control over it; so does `none`.
---@param ref actor.Ref
---@return actor.Sendable
function actor.grant(ref) end

---How many restarts in what time, and before, are bearable; and more. See docs/supervision.md.
---@class actor.SupervisorOptions
---@field name? string registers the supervisor under this name
---@field strategy? "one_for_one"|"one_for_all"|"rest_for_one" who is restarted with a child; only
---it
---@field intensity? integer|"unlimited" restarts in `period`; with one more it gives up; 5
---@field period? actor.Time 30 s if not given
---@field child_intensity? integer|"unlimited" the same for each child, which is then given up alone
---@field child_period? actor.Time
---@field back_off? actor.BackOff
---@field auto_shutdown? "never"|"any_significant"|"all_significant"
---@field max_children? integer 10,000 if not given
---@field memory? actor.Bytes|"unlimited" of the runtime's budget, for all of it together
---@field children? actor.Child[]
---@field wait? boolean returns when all children have been started, or raises why not

---@class actor.BackOff
---@field first? actor.Time before the second restart in a row; 50 ms if not given
---@field most? actor.Time 30 s if not given
---@field factor? number from one wait to the next; 2 if not given
---@field jitter? number up to this part longer or shorter; 0.2 if not given

---A child: the options of a spawn, and these.
---@class actor.Child: actor.SpawnOptions
---@field id? string unique under its supervisor; the name if not given
---@field restart? "permanent"|"transient"|"temporary" permanent if not given
---@field stop? actor.StopTimes
---@field start_deadline? actor.Time for its chunk to return; 5 s if not given
---@field weight? number its part when memory is short, compared with its siblings; 1 if not given
---@field significant? boolean its end may be that of the supervisor
---@field health? actor.HealthOptions
---@field supervisor? actor.SupervisorOptions instead of a script

---@class actor.StopTimes
---@field drain? actor.Time to finish the messages it has; 5 s if not given
---@field on_stop? actor.Time to run `on_stop`; then it is killed; 5 s if not given
---@field kill? actor.Time for that; then the supervisor goes on without; 1 s if not given

---From where on something counts against a child.
---@class actor.HealthOptions
---@field memory? number fraction of its limit; 0.8 if not given
---@field error_rate? number of the messages it handles; 0.1 if not given
---@field age? actor.Time 1 h if not given
---@field uses? integer messages; 10,000 if not given
---@field slow? actor.Time average of its handlers; 100 ms if not given
---@field slow_decay? number points for each of those milliseconds; 0.1 if not given
---@field mailbox_age? actor.Time of the oldest message; 5 s if not given
---@field limit_hits? integer 3 if not given
---@field emergency_collections? integer 3 if not given
---@field recycle? boolean whether it gets a new state then; true if not given
---@field check_every? actor.Time 1 s if not given
---@field drain_timeout? actor.Time 5 s if not given

---Starts a supervisor, and its children one after the other, each when the chunk of the one before
---has returned. The reference answers requests: `start` (a table like one of `children`; the
---child's address), `stop`, `restart` and `delete` (an id), `which` (a list with id, ref, state,
---...), `count`, `explain` (an id, or nothing for all of the last decisions), `tree` (itself with
---all that runs below it, an actor.TreeNode) and `crashes` (a list of actor.CrashReport, at most
---50, the newest last). When it gives up, the actor that made it ends too, unless it traps.
---@param options actor.SupervisorOptions
---@return actor.Ref
function actor.supervise(options) end

---A pool: the options of a spawn, which are those of each state, and these.
---@class actor.PoolOptions: actor.SpawnOptions
---@field name? string of the pool
---@field size? actor.PoolSize
---@field route? "least_loaded"|"round_robin"|"hash"|"broadcast" least_loaded if not given
---@field concurrency? integer messages that a state is given at a time; 1 if not given
---@field queue? { max?: integer, timeout?: actor.Time } what waits; 1,000 and 5 s if not given
---@field aging? actor.PoolAging
---@field preload? string[] modules that are required before the script
---@field warm_up? { script?: string, source?: string, times?: integer, collect?: boolean }
---@field memory? actor.Bytes|"unlimited" of the budget, for all states together
---@field start_deadline? actor.Time for a state to be ready; 5 s if not given
---@field intensity? integer|"unlimited" restarts of states that are bearable; 5 if not given
---@field period? actor.Time in this time; 30 s if not given

---How many states there are. The usage ratio is (in use + waiting) / size.
---@class actor.PoolSize
---@field min? integer 2 if not given
---@field max? integer 10 if not given; with `memory`, so many as that holds
---@field grow_above? number 0.8 if not given
---@field shrink_below? number 0.2 if not given
---@field factor? number of a step; 1.5 if not given
---@field patience? actor.Time how long a request waits before there are more; 100 ms if not given
---@field check_every? actor.Time 10 s if not given

---When a state is replaced by a fresh one.
---@class actor.PoolAging
---@field generation_size? integer executions after which the generation advances; 1,000 by default
---@field generations? integer older than the current one by more than this; 1 if not given
---@field recycle_below? number health; 50 if not given
---@field stale? actor.Time it was used, and has not been for so long; 5 min if not given

---What `pool:metrics` is answered with. Times in seconds, memory in bytes.
---@class actor.PoolMetrics
---@field created integer
---@field size integer
---@field target integer
---@field available integer
---@field in_use integer
---@field waiting integer
---@field recycled integer
---@field executions integer
---@field refused integer
---@field timed_out integer
---@field generation integer
---@field usage_ratio number
---@field memory_used integer
---@field memory_max? integer
---@field wait_p50 number
---@field wait_p99 number

---Starts a pool: several states of one script behind one reference. What is sent to it goes to one
---of them, and the answer comes straight back. What finds no state waits; it is refused as
---`overload`, or given up as `timeout`, with figures. The reference itself answers requests:
---`pool:metrics` (an actor.PoolMetrics), and for those who control it `pool:advance` (the next
---generation; its number) and `pool:stop` (seconds). With `wait = true` this returns when the least
---number of states is ready, and raises what keeps the first of them from that, after the phase:
---"options", "libraries", "preload", "script" or "warm_up".
---@param options actor.PoolOptions
---@return actor.Ref
function actor.pool(options) end

---An actor or a supervisor in a tree. What is not known of one is left out.
---@class actor.TreeNode
---@field kind "supervisor"|"actor"
---@field ref? actor.Ref
---@field id? integer
---@field child? string its id at its supervisor
---@field name? string
---@field script? string
---@field state string "running", ...; "silent": a supervisor that has not answered in time
---@field in_use boolean it has something to do
---@field healthy boolean
---@field score number
---@field reasons? string[] why it is not 100
---@field incarnation integer
---@field restarts integer
---@field restart? "permanent"|"transient"|"temporary"
---@field strategy? "one_for_one"|"one_for_all"|"rest_for_one" of a supervisor
---@field last_decision? string of its supervisor about it, in a sentence
---@field memory { used_bytes: integer, limit_bytes?: integer }
---@field mailbox_messages integer
---@field uptime number seconds
---@field crashes? actor.CrashReport[] of a supervisor's children, at most 10
---@field children? actor.TreeNode[]
---@field omitted? integer of the first node: actors below it that are not listed

---@class actor.CrashReport
---@field time number seconds since 1970
---@field child string
---@field incarnation integer
---@field reason actor.Reason
---@field code string
---@field error? string
---@field traceback? string
---@field message? string the one that was being handled
---@field memory_bytes integer
---@field mailbox_messages integer

---Asks an actor to end: it finishes what it has, runs `on_stop`, and ends with reason "stopped".
---It is killed if it has not ended after `seconds`. Does not wait.
---@param ref actor.Ref
---@param seconds? number
function actor.stop(ref, seconds) end

---Ends an actor at once, with reason "killed". Does not wait.
---@param ref actor.Ref
function actor.kill(ref) end

---Ends this actor. Does not return, and no `pcall` catches it.
---@param reason? string "normal" if not given
function actor.exit(reason) end

---What an actor uses and has done. Memory in bytes, times in seconds. `memory`, `cpu_time`,
---`instructions` and `warnings` are of its present state; the rest is of the actor, over all its
---restarts, as far as `life` does not say otherwise.
---@class actor.Info
---@field id integer
---@field memory actor.MemoryInfo
---@field cpu_time number seconds
---@field instructions integer 0 where they are not counted
---@field instructions_exact boolean whether these are all there were
---@field warnings integer calls of onMemoryWarning and onResourceWarning
---@field mailbox_messages integer
---@field mailbox_age number how long the mailbox has not been empty; 0 if it is
---@field created number as os.time()
---@field last_used number when a message was last given to a handler; within a few milliseconds
---@field uses integer messages that were given to handlers
---@field errors integer handlers that failed
---@field limit_hits integer handlers, timers and the like that a limit ended
---@field run_time number of all of them; estimated from samples
---@field restarts integer
---@field recycles integer fresh states that were no restarts
---@field passive boolean it has given its state back until its next message
---@field incarnation integer
---@field generation integer of its script: each new source is the next one, from 1
---@field life actor.LifeInfo
---@field tasks? actor.TaskInfo[] asked for when it is looked at: see actor.tasks(). Of another
---actor that awaits; nil without control over it

---What the present incarnation has done.
---@class actor.LifeInfo
---@field age number
---@field uses integer
---@field errors integer
---@field limit_hits integer
---@field average_run_time number how long a handler has the worker; estimated from samples
---@field p95_run_time number what 19 of 20 do not exceed; a power of two, at most twice too large

---@class actor.MemoryInfo
---@field used_bytes integer
---@field peak_bytes integer
---@field limit_bytes integer|number math.huge if there is none
---@field forced_collections integer near the limit, or asked for by the host
---@field freed_bytes integer by all of those
---@field average_freed_bytes integer by one of them
---@field violations integer allocations that the limit did not allow
---@field emergency_collections integer that a violation led to

---What this actor uses, or another one did at the end of its last turn. Raises `dead`.
---@param ref? actor.Ref
---@return actor.Info
function actor.info(ref) end

---What one actor holds of the memory budget, as of the end of its last turn. Sizes in bytes.
---@class actor.QuotaRow
---@field id integer
---@field name string
---@field quota integer what it holds: its lease, and the messages in its mailbox
---@field used integer of that
---@field mailbox integer of both: the messages in its mailbox
---@field efficiency number used / quota x 100; 0 if it holds nothing
---@field uptime number seconds
---@field last_settled number seconds since its lease last changed

---The memory budget of the runtime. Sizes in bytes, `math.huge` where there is no bound. Below
---level none there are `enforced` and `actors`, with the row of this actor alone.
---@class actor.Quota
---@field enforced boolean whether there is a budget at all
---@field total? integer|number
---@field available? integer|number nobody's yet
---@field granted? integer leases, messages, and what threads have at hand
---@field at_hand? integer of that: what threads have at hand
---@field used? integer
---@field overdrawn? integer granted beyond the budget since that was lowered
---@field efficiency? number used / granted x 100
---@field under_pressure? boolean little is left
---@field actors actor.QuotaRow[] most recently started first

---Who has how much of the memory budget.
---@return actor.Quota
function actor.quota() end

---One suspended task. Times in seconds.
---@class actor.TaskInfo
---@field kind "chunk"|"handler"|"fork"|"timer"|"hook"
---@field message? string of a handler or a hook: its name
---@field awaiting "turn"|"reply"|"futures"|"sleep" "turn": it goes on as soon as it can
---@field replies? actor.AwaitedReply[] the one, or with "futures" those that are open; at most 16
---@field waited number so far; a few milliseconds are uncertain
---@field left? number until it goes on in any case; nil: never
---@field traceback string from the innermost call outwards, a line each, at most 22

---@class actor.AwaitedReply
---@field from? actor.Ref
---@field name? string of that actor
---@field message? string what it was asked; nil: to begin

---What this actor is in the middle of, or another one: its suspended tasks, at most 100 of them,
---and how many there are. Awaits the answer of another actor, which gives it while it waits, or
---when it gives way. Raises `denied` without control over it, and what it has ended with.
---@param ref? actor.Ref
---@return actor.TaskInfo[] tasks
---@return integer total
function actor.tasks(ref) end

---A message that nobody has handled, or not to its end.
---@class actor.DeadLetter
---@field kind "crashed"|"failed"|"unread"|"overload"
---@field time number as os.time()
---@field receiver actor.Ref
---@field name string of the receiver
---@field incarnation integer
---@field message string its name
---@field args? any[] what came with it, if that is at most 4 KiB
---@field size_bytes integer
---@field sender? actor.Ref
---@field code string why
---@field error string the same for people

---The last dead letters, the oldest first, at most 1,000; and how many there have been of each
---kind. For sandbox level none; `lifecycle.subscribe(f, "dead_letter")` tells of each as it comes.
---@return actor.DeadLetter[] letters
---@return table<string, integer> counts
function actor.dead_letters() end

---Takes a sample of this actor's memory now, under a label, if somebody profiles it.
---@param label string 64 bytes of it are kept
---@return boolean taken
function actor.mark(label) end

---Gives a supervised actor a fresh state in place, when it has finished what it has begun; what
---waits in its mailbox is the next state's. If it has not finished within its `drain_timeout`, that
---is given up, unless it is forced: then the rest is answered `cancelled`. Needs control over it.
---Raises `denied`, `dead`, `invalid_argument` (nobody supervises it).
---@param ref actor.Ref
---@param options? { forced?: boolean }
function actor.recycle(ref, options) end

---Takes what an actor has in its state, when no handler of it is under way, and keeps it for a life
---after a crash: see docs/checkpoints.md. Awaits, and answers its size in bytes; of this actor
---itself it is taken when the handler has ended, and nothing is answered. Needs control over it.
---Raises `denied`, `timeout`, `unsupported` (something cannot be carried: the message has the path
---to it), `too_large`, and what on_checkpoint() raised.
---@param ref? actor.Ref
---@return integer? bytes
function actor.checkpoint(ref) end

---Has an idle actor keep its data and give its state back, until its next message: see
---docs/passivation.md. Awaits, and answers the bytes that are kept; this actor itself does it as
---soon as it is idle, and answers nothing. Needs control over it. Raises `denied`, `overload` (it
---has something to do: the message says what), and what actor.checkpoint() does.
---@param ref? actor.Ref
---@return integer? bytes
function actor.passivate(ref) end

---Makes the next generation of a script: its file is read again, which raises `syntax_error` and
---changes nothing if that cannot be compiled. An actor goes on with it between two messages, under
---its address and with its mailbox; given a path, all who run that file do. Others follow when they
---begin another life. One that cannot begin with it goes on with what it had.
---Needs control over the actor; of a path, sandbox level none. Does not wait.
---@param what actor.Ref|string
---@param options? { forced?: boolean } forced: what is not done in time is answered `cancelled`
---@return integer generation
function actor.reload(what, options) end

---A profile that is being made. It stops when nobody has it any more.
---@class actor.Profile
local Profile = {}

---Ends it and returns what there is: folded stacks, a line each, or samples of memory as CSV.
---@return string
function Profile:stop() end

---What there is so far as a picture: a flame graph, or a chart.
---@param title? string
---@return string svg
function Profile:svg(title) end

---Begins to profile this actor, or another one: where its processor time goes, or how its memory
---goes up and down. Only at level none; elsewhere `denied`.
---@param kind "cpu"|"memory"
---@param ref? actor.Ref
---@return actor.Profile
function actor.profile(kind, ref) end

---Writes to the runtime's log.
---@param level "trace"|"debug"|"info"|"warn"|"error"
---@param text string
---@overload fun(text: string)
function actor.log(level, text) end

return actor
