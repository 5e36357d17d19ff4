// help.hpp: what `moonwright --help` says. Examples first.
#pragma once

namespace moonwright::cli {

inline constexpr char kHelp[] = R"(Run Lua scripts as actors.

Examples:
  moonwright run main.lua                        run a program until its first actor ends
  moonwright run --workers 2 main.lua a.txt      a.txt reaches the script as "..."
  moonwright run --memory 64MiB main.lua         each actor may use at most 64 MiB
  moonwright run --profile strict plugin.lua     a script of a stranger
  moonwright exec -e 'return 6 * 7'              run one piece of text, print what it returns
  moonwright exec --json -e 'return {1, 2}'      the same for other programs to read
  moonwright check main.lua worker.lua           find syntax errors, run nothing

Usage: moonwright COMMAND [OPTIONS] ...

Commands:
  run FILE [ARGS...]       run a program
  exec -e CODE [ARGS...]   run a piece of text and print what it returns
  check FILE...            compile files without running them
  tree --socket PATH       what a program is at that runs
  version                  print the version
  help [COMMAND]           print this, or the help of a command

Exit codes:
  0    done
  1    the script failed, or its output could not be written
  2    wrong command line or configuration, or no such file
  3    a limit stopped the script
  129, 130, 143   stopped by SIGHUP, SIGINT (Ctrl-C), SIGTERM
  141  whoever read the output has gone
`run` also ends with the integer 0..255 that the chunk of its first actor returns.
)";

inline constexpr char kRunHelp[] = R"(Run a program until its first actor ends or a signal stops it.

Examples:
  moonwright run main.lua
  moonwright run --workers 2 main.lua a.txt b.txt     "a.txt" and "b.txt" reach the script as "..."
  moonwright run main.lua --workers 3                 so does everything else after FILE
  moonwright run --log-level info --log-format json server.lua 2>server.log
  moonwright run --json job.lua | jq .duration_ms
  moonwright run --timeout 5s --memory 64MiB job.lua
  moonwright run --profile-cpu time.svg job.lua       a flame graph
  moonwright run --config server.toml server.lua
  moonwright run --control-socket app.sock app.lua    to be looked at with 'moonwright tree'
  moonwright run --watch server.lua                   while you edit its scripts

Usage: moonwright run [OPTIONS] FILE [ARGS...]

FILE becomes the first actor. It is trusted: it has io, os, package and debug, and no limits; the
actors it spawns do not, unless it grants them. --sandbox, --profile and the limits change that.
Scripts are found in FILE's folder. If FILE's chunk returns an integer
0..255, that is the exit code. Ctrl-C or SIGTERM stops all actors in order, for up to 5 seconds; a
second one leaves at once.
)";

inline constexpr char kExecHelp[] =
    R"(Run a piece of text as an actor and print the values it returns.

Examples:
  moonwright exec -e 'return 6 * 7'
  moonwright exec -e 'return select("#", ...), ...' a b     with arguments
  moonwright exec --json -e 'return {1, 2, {name = "x"}}'   for other programs to read
  moonwright exec --memory 1MiB -e 'return ("x"):rep(1e9)'  ends with exit code 3

Usage: moonwright exec [OPTIONS] -e CODE [ARGS...]

CODE is not trusted: it has neither io nor os, modules come from the working directory, and its
limits are those of the profile normal, unless options say otherwise.
)";

inline constexpr char kTreeHelp[] =
    R"(Print what a program is at that runs: its supervisors and actors, with their figures.

Examples:
  moonwright run --control-socket /run/user/1000/app.sock app.lua &
  moonwright tree --socket /run/user/1000/app.sock
  moonwright tree --socket /run/user/1000/app.sock --tasks     where they are, and what they await
  moonwright tree --socket /run/user/1000/app.sock counter     only what 'counter' awaits
  moonwright tree --socket /run/user/1000/app.sock '#7'        the same for actor 7
  moonwright tree --socket /run/user/1000/app.sock --json | jq .tree.children

Usage: moonwright tree [OPTIONS] [ACTOR]

Only the user who runs the program, and root, get an answer. Ends with exit code 1 if there is none.
)";

inline constexpr char kCheckHelp[] = R"(Compile files without running them.

Examples:
  moonwright check main.lua
  moonwright check main.lua lib/*.lua && echo fine

Usage: moonwright check FILE...

Prints one line for each file that does not compile, with its name and the number of the line, and
then ends with exit code 1; with 2 if a file cannot be read.
)";

}  // namespace moonwright::cli
