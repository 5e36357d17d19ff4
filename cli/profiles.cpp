// profiles.cpp: see profiles.hpp.
#include "cli/profiles.hpp"

#include <cerrno>
#include <cstddef>
#include <utility>

#include "cli/report.hpp"

namespace moonwright::cli {
namespace {

/// As many samples as a picture has room for, and a spreadsheet for sure.
constexpr std::size_t kMemorySamplesMax = 10'000;

Result<void> refused(const std::string& path, int error) {
  return fail(ErrorCode::io, "cannot write the profile '" + path + "': " + error_text(error));
}

}  // namespace

Result<void> Profiles::Target::open(const std::string& to) {
  if (to.empty()) return {};
  path = to;
  file.reset(std::fopen(path.c_str(), "we"));
  return file != nullptr ? Result<void>() : refused(path, errno);
}

Result<void> Profiles::Target::write(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
  const int write_error = written ? 0 : errno;
  const bool closed = std::fclose(file.release()) == 0;
  if (written && closed) return {};
  return refused(path, written ? errno : write_error);
}

Result<void> Profiles::open(const std::string& cpu_path, const std::string& memory_path) {
  auto opened = cpu_file_.open(cpu_path);
  return opened ? memory_file_.open(memory_path) : opened;
}

void Profiles::begin(Runtime& runtime, ExecuteOptions& first) {
  if (cpu_file_.wanted()) runtime.profile_cpu(cpu_.emplace());
  if (!memory_file_.wanted()) return;
  MemoryProfilerOptions options;
  options.samples_max = kMemorySamplesMax;
  first.memory_profiler = memory_.emplace(options);
}

Result<void> Profiles::write() {
  Result<void> done;
  if (cpu_) {
    cpu_->stop();
    const CpuProfile profile = cpu_->profile();
    done = cpu_file_.write(cpu_file_.is_picture() ? to_svg(profile) : to_folded(profile));
  }
  if (memory_) {
    memory_->stop();
    const MemoryProfile profile = memory_->profile();
    auto written =
        memory_file_.write(memory_file_.is_picture() ? to_svg(profile) : to_csv(profile));
    if (done) done = std::move(written);
  }
  return done;
}

}  // namespace moonwright::cli
