// profiles.hpp: what --profile-cpu and --profile-memory write.
#pragma once

#include <cstdio>
#include <memory>
#include <moonwright/runtime.hpp>
#include <optional>
#include <string>

namespace moonwright::cli {

/// The profilers of a program and the files that they end up in.
///
/// Thread: main.
class Profiles {
 public:
  /// Opens the files, so that a path that cannot be written is known before anything runs. An empty
  /// path: no such profile. Errors: io.
  [[nodiscard]] Result<void> open(const std::string& cpu_path, const std::string& memory_path);
  /// Begins: the time of all actors, the memory of the `first`.
  void begin(Runtime& runtime, ExecuteOptions& first);
  /// Ends, and writes: pictures to files whose names end in ".svg", to others folded stacks and
  /// comma-separated values. Errors: io.
  [[nodiscard]] Result<void> write();

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  struct Target {
    std::string path;
    std::unique_ptr<std::FILE, Close> file;

    [[nodiscard]] Result<void> open(const std::string& to);
    [[nodiscard]] bool wanted() const noexcept { return file != nullptr; }
    [[nodiscard]] bool is_picture() const { return path.ends_with(".svg"); }
    [[nodiscard]] Result<void> write(const std::string& text);
  };

  Target cpu_file_;
  Target memory_file_;
  std::optional<CpuProfiler> cpu_;
  std::optional<MemoryProfiler> memory_;
};

}  // namespace moonwright::cli
