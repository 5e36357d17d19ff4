// options.cpp: CLI11 does the reading, the words of a mistake are ours.
#include "cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <moonwright/bytes.hpp>
#include <moonwright/durations.hpp>
#include <string_view>
#include <utility>

#include "cli/help.hpp"
#include "cli/script_file.hpp"

namespace moonwright::cli {
namespace {

constexpr std::uint32_t kWorkersMax = 1'024;

/// Our own text, with the examples at the top, and under it the options as CLI11 knows them.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(28); }
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode mode) const override {
    std::string help = app->get_description() + make_groups(app, mode);
    while (help.ends_with("\n\n")) help.pop_back();
    return help;
  }
};

UsageError usage_error(const std::string& message, const std::string& command = {}) {
  const std::string help =
      command.empty() ? "moonwright --help" : "moonwright " + command + " --help";
  return {"moonwright: " + message + "\ntry '" + help + "'\n"};
}

std::string quote(const std::string& word) { return "'" + word + "'"; }

constexpr std::string_view kNoLimit = "unlimited";

std::optional<std::uint64_t> parse_integer(const std::string& word) {
  std::uint64_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

/// Answers what is wrong with `word`, or nothing.
std::string read_time(const std::string& word, std::optional<std::chrono::nanoseconds>& out) {
  const auto time = word == kNoLimit ? kNoTimeLimit : parse_duration(word);
  if (!time || time->count() == 0) return "not a time such as 200ms, 1.5s or 2m";
  out = *time;
  return {};
}

bool looks_like_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

/// An App for one command, parsed on its own: the command word is ours to find.
class CommandParser {
 public:
  CommandParser(const char* name, const char* help) : app_(help, name) {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.set_help_flag("-h,--help", "print this help");
  }

  [[nodiscard]] CLI::App& app() noexcept { return app_; }

  /// An option with a value that `read` checks and stores; read answers what is wrong, or nothing.
  CLI::Option* add(const char* name, const char* type, const char* text,
                   std::function<std::string(const std::string&)> read) {
    const auto store = [name, read = std::move(read)](const std::string& word) {
      const std::string wrong = read(word);
      if (!wrong.empty()) throw CLI::ValidationError(name + (" " + quote(word)) + " is " + wrong);
    };
    return app_.add_option_function<std::string>(name, store, text)
        ->type_name(type)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }

  void add_common(CommonOptions& options);

  /// Nothing if the words are right, otherwise the help or what is wrong.
  [[nodiscard]] std::optional<CommandLine> parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());
    try {
      app_.parse(words);
    } catch (const CLI::CallForHelp&) {
      return HelpOptions{app_.help()};
    } catch (const CLI::ExtrasError&) {
      return wrong_word(app_.remaining().front());
    } catch (const CLI::ArgumentMismatch& error) {
      return wrong_count(error.what());
    } catch (const CLI::ParseError& error) {
      return usage_error(error.what(), app_.get_name());
    }
    return std::nullopt;
  }

  /// The words that belong to the script; to be called after parse().
  [[nodiscard]] std::vector<std::string> rest() const {
    std::vector<std::string> words = app_.remaining();
    if (!words.empty() && words.front() == "--") words.erase(words.begin());
    return words;
  }

  /// The first of them if it was meant as an option: it comes before any `--`.
  [[nodiscard]] std::optional<UsageError> unknown_option() const {
    const std::vector<std::string> words = app_.remaining();
    if (words.empty() || words.front() == "--" || !looks_like_option(words.front())) return {};
    return wrong_word(words.front());
  }

  [[nodiscard]] UsageError wrong_word(const std::string& word) const {
    const char* what = looks_like_option(word) ? "unknown option " : "unexpected ";
    return usage_error(what + quote(word), app_.get_name());
  }

 private:
  /// CLI11's own text begins with the option's name and a colon.
  [[nodiscard]] UsageError wrong_count(const std::string& text) const {
    const std::string name = text.substr(0, text.find(':'));
    const CLI::Option* option = app_.get_option_no_throw(name);
    const bool repeated = option != nullptr && option->count() > 1;
    return usage_error(name + (repeated ? " was given more than once" : " needs a value"),
                       app_.get_name());
  }

  CLI::App app_;
};

void CommandParser::add_common(CommonOptions& options) {
  // What follows the first word that is no option is not looked at: it is the script's.
  app_.prefix_command();
  add("--config", "FILE", "limits, profiles and more: see docs/configuration.md",
      [&options](const std::string& word) -> std::string {
        options.config = word;
        return word.empty() ? "not a file" : "";
      });
  add("--workers", "N", "threads that run actors; one for each core if not given",
      [&options](const std::string& word) -> std::string {
        const auto workers = parse_integer(word);
        if (!workers || *workers < 1 || *workers > kWorkersMax) {
          return "not a whole number from 1 to " + std::to_string(kWorkersMax);
        }
        options.workers = static_cast<std::uint32_t>(*workers);
        return {};
      });
  add("--sandbox", "LEVEL", "of the first actor: none, restricted or strict",
      [&options](const std::string& word) -> std::string {
        const Result<Sandbox> level = parse_sandbox(word);
        if (!level) return "not one of none, restricted, strict";
        options.sandbox = *level;
        return {};
      });
  add("--profile", "NAME", "limits and level: strict, normal, relaxed, or one of --config",
      [&options](const std::string& word) -> std::string {
        options.profile = word;
        return word.empty() ? "not the name of a profile" : "";
      });
  add("--memory", "SIZE", "memory of each actor, for example 8MiB, or unlimited",
      [&options](const std::string& word) -> std::string {
        const Result<std::uint64_t> bytes = word == kNoLimit ? kUnlimited : parse_bytes(word);
        if (!bytes || *bytes == 0) return "not a size such as 512KiB, 8MiB or 1.5GiB";
        options.memory_bytes_max = *bytes;
        return {};
      });
  add("--budget", "SIZE", "memory of all actors together, for example 256MiB, or unlimited",
      [&options](const std::string& word) -> std::string {
        const Result<std::uint64_t> bytes = word == kNoLimit ? kUnlimited : parse_bytes(word);
        if (!bytes || *bytes == 0) return "not a size such as 512KiB, 8MiB or 1.5GiB";
        options.budget_bytes = *bytes;
        return {};
      });
  add("--instructions", "N", "what one message may take of Lua's machine, or unlimited",
      [&options](const std::string& word) -> std::string {
        const auto count = word == kNoLimit ? kUnlimited : parse_integer(word);
        if (!count || *count == 0) return "not a whole number above 0";
        options.instructions_max = *count;
        return {};
      });
  add("--cpu-time", "TIME", "what it may take of a processor, for example 200ms",
      [&options](const std::string& word) { return read_time(word, options.cpu_time_max); });
  add("--timeout", "TIME", "what it may take with all its waits, the first chunk too",
      [&options](const std::string& word) { return read_time(word, options.timeout); });
  app_.add_flag("--json", options.json,
                "standard output holds one JSON object, with what is printed inside");
  add("--profile-cpu", "FILE", "where the time of all actors goes: a flame graph if FILE is *.svg",
      [&options](const std::string& word) -> std::string {
        options.cpu_profile = word;
        return word.empty() ? "not a file" : "";
      });
  add("--profile-memory", "FILE", "the memory of the first actor over time: a chart if *.svg",
      [&options](const std::string& word) -> std::string {
        options.memory_profile = word;
        return word.empty() ? "not a file" : "";
      });
  add("--log-level", "LEVEL", "trace, debug, info, warn (the default), error or off",
      [&options](const std::string& word) -> std::string {
        const Result<LogLevel> level = parse_log_level(word);
        if (!level) return "not one of trace, debug, info, warn, error, off";
        options.log_level = *level;
        return {};
      });
  add("--log-format", "FORMAT", "text (the default) or json; the log goes to standard error",
      [&options](const std::string& word) -> std::string {
        if (word != "text" && word != "json") return "not one of text, json";
        options.log_format = word == "json" ? LogFormat::json : LogFormat::text;
        return {};
      });
}

CommandLine parse_run(const std::vector<std::string>& words) {
  RunOptions options;
  CommandParser parser("run", kRunHelp);
  parser.add_common(options.common);
  parser.add("--control-socket", "PATH", "make one, for 'moonwright tree --socket PATH'",
             [&options](const std::string& word) -> std::string {
               options.control_socket = word;
               return word.empty() ? "not a path" : "";
             });
  parser.app().add_flag("--watch", options.watch, "reload scripts and modules when they change");
  if (auto end = parser.parse(words)) return *std::move(end);
  if (auto wrong = parser.unknown_option()) return *std::move(wrong);
  options.args = parser.rest();
  if (options.args.empty()) {
    // It may have supervisors.
    if (!options.common.config.empty()) return options;
    return usage_error("'run' needs a FILE", "run");
  }
  options.file = options.args.front();
  options.args.erase(options.args.begin());
  return options;
}

CommandLine parse_exec(const std::vector<std::string>& words) {
  ExecOptions options;
  CommandParser parser("exec", kExecHelp);
  const CLI::Option* code =
      parser.app().add_option("-e", options.code, "what to run")->type_name("CODE");
  parser.add_common(options.common);
  if (auto end = parser.parse(words)) return *std::move(end);
  if (auto wrong = parser.unknown_option()) return *std::move(wrong);
  options.args = parser.rest();
  if (code->count() == 0) return usage_error("'exec' needs -e CODE", "exec");
  return options;
}

CommandLine parse_check(const std::vector<std::string>& words) {
  CheckOptions options;
  CommandParser parser("check", kCheckHelp);
  parser.app().add_option("FILE", options.files);
  if (auto end = parser.parse(words)) return *std::move(end);
  if (options.files.empty()) return usage_error("'check' needs a FILE", "check");
  return options;
}

CommandLine parse_tree(const std::vector<std::string>& words) {
  TreeCommandOptions options;
  CommandParser parser("tree", kTreeHelp);
  parser.add("--socket", "PATH", "the program's --control-socket; else $MOONWRIGHT_SOCKET",
             [&options](const std::string& word) -> std::string {
               options.socket = word;
               return word.empty() ? "not a path" : "";
             });
  parser.app().add_flag("--tasks", options.tasks, "with what each actor waits for, and where");
  parser.app().add_flag("--json", options.json, "one JSON object, as the program answers it");
  parser.app().add_option("ACTOR", options.actor);
  if (auto end = parser.parse(words)) return *std::move(end);
  if (options.socket.empty()) {
    const char* const named = std::getenv("MOONWRIGHT_SOCKET");
    if (named != nullptr) options.socket = named;
  }
  if (options.socket.empty()) return usage_error("'tree' needs --socket PATH", "tree");
  return options;
}

CommandLine parse_version(const std::vector<std::string>& words) {
  if (words.empty()) return VersionOptions{};
  if (words.front() == "--help" || words.front() == "-h") return HelpOptions{kHelp};
  return usage_error("unexpected " + quote(words.front()));
}

CommandLine parse_help(const std::vector<std::string>& words) {
  if (words.empty() || words.front() == "version") return HelpOptions{kHelp};
  const std::string& command = words.front();
  if (command == "run") return parse_run({"--help"});
  if (command == "exec") return parse_exec({"--help"});
  if (command == "check") return parse_check({"--help"});
  if (command == "tree") return parse_tree({"--help"});
  return usage_error("there is no help about " + quote(command));
}

UsageError unknown_command(const std::string& word) {
  if (looks_like_option(word)) {
    return usage_error("unknown option " + quote(word) + "; options come after the command");
  }
  if (word.ends_with(".lua") || check_readable(word)) {
    return usage_error("unknown command " + quote(word) + "; to run a file: moonwright run " +
                       word);
  }
  return usage_error("unknown command " + quote(word));
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& words) {
  if (words.empty()) return UsageError{kHelp};
  const std::string& command = words.front();
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (command == "run") return parse_run(rest);
  if (command == "exec") return parse_exec(rest);
  if (command == "check") return parse_check(rest);
  if (command == "tree") return parse_tree(rest);
  if (command == "version" || command == "--version" || command == "-V") return parse_version(rest);
  if (command == "help" || command == "--help" || command == "-h") return parse_help(rest);
  return unknown_command(command);
}

Values to_values(const std::vector<std::string>& words) { return {words.begin(), words.end()}; }

}  // namespace moonwright::cli
