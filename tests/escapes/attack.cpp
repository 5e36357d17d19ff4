// attack.cpp: reading what the first line of a script expects.
#include "attack.hpp"

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace moonwright::escapes {
namespace {

using Words = std::vector<std::string>;

/// Room for what an attack needs to be one; where memory is the point, its line says how much.
constexpr std::uint64_t kMemory = 64u << 20;

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [last, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || last != end) return std::nullopt;
  return number;
}

/// "200ms" or "2s".
std::optional<std::chrono::milliseconds> parse_time(std::string_view text) {
  const bool in_ms = text.ends_with("ms");
  if (!in_ms && !text.ends_with('s')) return std::nullopt;
  const auto number = parse_integer(text.substr(0, text.size() - (in_ms ? 2 : 1)));
  if (!number) return std::nullopt;
  return std::chrono::milliseconds(in_ms ? *number : *number * 1000);
}

bool set_limit(std::string_view name, std::string_view value, Limits& limits) {
  if (name == "memory") {
    const auto bytes = parse_bytes(value);
    if (bytes) limits.memory_bytes_max = *bytes;
    return bytes.has_value();
  }
  if (name == "instructions" || name == "check_interval") {
    const auto number = parse_integer(value);
    if (!number || *number < 1) return false;
    if (name == "instructions") limits.instructions_max = static_cast<std::uint64_t>(*number);
    if (name == "check_interval") limits.check_interval = static_cast<std::uint32_t>(*number);
    return true;
  }
  const auto time = parse_time(value);
  if (!time) return false;
  if (name == "timeout") {
    limits.timeout = *time;
  } else if (name == "cpu_time") {
    limits.cpu_time_max = *time;
  } else if (name == "cancel_grace") {
    limits.cancel_grace = *time;
  } else {
    return false;
  }
  return true;
}

bool is_limit(const std::string& word) {
  return word == "timeout" || word == "cpu_limit" || word == "instruction_limit" ||
         word == "memory_limit";
}

std::string joined(const Words& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) {
    if (i != from) text += ' ';
    text += words[i];
  }
  return text;
}

std::optional<Sandbox> level_of(const std::string& word) {
  const auto level = parse_sandbox(word);
  return level ? std::optional(*level) : std::nullopt;
}

bool take_outcome(const Words& words, Attack& attack) {
  if (words.empty()) return false;
  if (!is_limit(words[0])) {
    attack.outcomes = {words[0]};
    attack.text = joined(words, 1);
    if (words[0] == "ok" || words[0] == "error") return true;
    return attack.text.empty() && (words[0] == "killed" || words[0] == "normal");
  }
  for (const std::string& word : words) {
    if (!is_limit(word)) return false;
    attack.outcomes.push_back(word);
  }
  return true;
}

/// One of the named parts; false if anything in it makes no sense.
bool take_part(const std::string& part, const Words& words, Attack& attack) {
  if (words.empty()) return false;
  if (part == "expect") return take_outcome(words, attack);
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (part == "limits" && equals != std::string::npos) {
      if (!set_limit(word.substr(0, equals), word.substr(equals + 1), attack.limits)) return false;
    } else if (part == "sandbox" && level_of(word)) {
      attack.levels.push_back(*level_of(word));
    } else if (part == "as" && (word == "handler" || word == "chunk")) {
      attack.places.push_back(word == "chunk" ? Place::chunk : Place::handler);
    } else if (part == "host" && (word == "kill" || word == "stop")) {
      attack.deed = word == "kill" ? Deed::kill : Deed::stop;
    } else {
      return false;
    }
  }
  return true;
}

/// The parts of a line by name: "expect: a b limits: c" has two.
std::map<std::string, Words> parts_of(const std::string& line) {
  std::map<std::string, Words> parts;
  Words* current = nullptr;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    if (word == "expect:" || word == "limits:" || word == "sandbox:" || word == "as:" ||
        word == "host:") {
      current = &parts[word.substr(0, word.size() - 1)];
    } else if (current != nullptr) {
      current->push_back(word);
    }
  }
  return parts;
}

}  // namespace

Result<Attack> read_attack(const std::string& path) {
  Attack attack;
  attack.name = std::filesystem::path(path).stem().string();
  attack.limits.memory_bytes_max = kMemory;
  std::ifstream file(path, std::ios::binary);
  attack.source.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  if (!file) return fail(ErrorCode::io, path + ": cannot be read");
  const std::string line = attack.source.substr(0, attack.source.find('\n'));
  const auto parts = parts_of(line);
  if (!line.starts_with("-- expect: ")) {
    return fail(ErrorCode::invalid_argument,
                path + ": the first line does not begin `-- expect: `");
  }
  for (const auto& [part, words] : parts) {
    if (take_part(part, words, attack)) continue;
    return fail(ErrorCode::invalid_argument,
                std::string(path).append(": what is meant by '").append(part).append(":'?"));
  }
  if (attack.levels.empty()) {
    attack.levels = {Sandbox::restricted, Sandbox::strict};
  }
  if (attack.places.empty()) attack.places = {Place::handler};
  return attack;
}

void set_limits_for(const std::string& outcome, Limits& limits) {
  const bool all = outcome == "ok" || outcome == "error";
  const std::chrono::milliseconds time(all ? 20'000 : 200);
  if ((all || outcome == "timeout") && limits.timeout == kNoTimeLimit) limits.timeout = time;
  if ((all || outcome == "cpu_limit") && limits.cpu_time_max == kNoTimeLimit) {
    limits.cpu_time_max = time;
  }
  if ((all || outcome == "instruction_limit") && limits.instructions_max == kUnlimited) {
    limits.instructions_max = all ? 200'000'000 : 2'000'000;
  }
  if (outcome == "memory_limit" && limits.memory_bytes_max == kMemory) {
    limits.memory_bytes_max = 8u << 20;
  }
}

}  // namespace moonwright::escapes
