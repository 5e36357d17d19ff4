// capture.cpp: see capture.hpp.
#include "actors/capture.hpp"

#include <utility>

namespace moonwright::actors {

bool Capture::print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (taken_) return false;
  std::string& output = contents_.output;
  const std::size_t room = bytes_max_ - output.size();
  // Once something is missing there is no room, so nothing comes after the gap.
  contents_.output_truncated |= text.size() > room;
  output += text.substr(0, room);
  return true;
}

void Capture::log(LogLevel level, std::string_view text) {
  if (!wants(level)) return;
  std::string line(to_string(level));
  line.resize(6, ' ');
  line += text;
  const std::lock_guard lock(mutex_);
  if (taken_) return;
  // A line costs what its object does, too: many empty ones are not free.
  const std::size_t cost = line.size() + sizeof(std::string);
  contents_.log_truncated |= cost > bytes_max_ - log_bytes_;
  if (contents_.log_truncated) return;
  log_bytes_ += cost;
  contents_.log_lines.push_back(std::move(line));
}

Capture::Contents Capture::take() {
  const std::lock_guard lock(mutex_);
  taken_ = true;
  return std::exchange(contents_, {});
}

}  // namespace moonwright::actors
