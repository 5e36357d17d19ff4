// file_module.cpp: see file_module.hpp. Paths are put in order as text to find the grant that they
// are below, and then opened by the system beneath it, so that no link leads out.
#include "actors/file_module.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "moonwright/bytes.hpp"

namespace moonwright::actors {
namespace {

/// What one call reads or one folder may list. More is read in parts.
constexpr std::size_t kReadBytesMax = std::size_t{16} << 20;
constexpr std::size_t kListMax = 100'000;

/// An open file.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

tl::unexpected<Error> failed(int reason, const std::string& path) {
  switch (reason) {
    case ENOENT:
    case ENOTDIR: return fail(ErrorCode::not_found, "'" + path + "' does not exist");
    case EXDEV:
    case ELOOP: return fail(ErrorCode::denied, "'" + path + "' leads out of what was granted");
    case ENOSYS: return fail(ErrorCode::unsupported, "fs needs a system with openat2()");
    default:
      return fail(ErrorCode::io, "'" + path + "': " + std::generic_category().message(reason));
  }
}

/// `path` as an absolute one without `.`, `..` and `//`; nothing if it goes above the root.
std::optional<std::string> in_order(std::string_view path, std::string_view base) {
  std::string full(path.starts_with('/') ? "" : base);
  full += path;
  std::string out;
  for (std::size_t at = 0; at < full.size();) {
    const std::size_t end = std::min(full.find('/', at), full.size());
    const std::string_view part = std::string_view(full).substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (out.empty()) return std::nullopt;
      out.resize(out.rfind('/'));
      continue;
    }
    out += '/';
    out += part;
  }
  return out.empty() ? "/" : out;
}

/// What the functions share.
class Files {
 public:
  Files(FileAccess access, std::string base) : access_(std::move(access)), base_(std::move(base)) {}

  [[nodiscard]] Result<Values> read(const Values& arguments) const;
  [[nodiscard]] Result<Values> write(const Values& arguments, int flags) const;
  [[nodiscard]] Result<Values> list(const Values& arguments) const;
  [[nodiscard]] Result<Values> stat(const Values& arguments) const;
  [[nodiscard]] Result<Values> remove(const Values& arguments) const;

 private:
  enum class For : std::uint8_t { reading, writing };

  /// Where a path is: below which grant, and how it goes on from there.
  struct Place {
    std::string shown;
    std::string folder;
    std::string rest;  ///< empty: the grant itself
  };

  [[nodiscard]] Result<Place> place_of(const Values& arguments, For purpose) const;
  [[nodiscard]] static Result<Descriptor> open(const Place& place, int flags);
  /// The same, and it is a regular file.
  [[nodiscard]] static Result<Descriptor> open_file(const Place& place, int flags,
                                                    struct stat& status);

  FileAccess access_;
  std::string base_;
};

Result<Files::Place> Files::place_of(const Values& arguments, For purpose) const {
  if (arguments.empty() || !arguments[0].is_string() || arguments[0].as_string().empty()) {
    return fail(ErrorCode::invalid_argument, "the first argument is a path");
  }
  const std::string shown(arguments[0].as_string());
  if (shown.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_argument, "a path has no zero bytes");
  }
  const auto path = in_order(shown, base_);
  const auto& folders = purpose == For::reading ? access_.read : access_.write;
  for (const std::string& folder : folders) {
    if (!path || !is_below(*path, folder)) continue;
    std::string rest = path->substr(std::min(path->size(), folder.size()));
    if (rest.starts_with('/')) rest.erase(0, 1);
    return Place{shown, folder, std::move(rest)};
  }
  const char* const what = purpose == For::reading ? "reading" : "writing";
  return fail(ErrorCode::denied, "'" + shown + "' is not granted for " + what);
}

Result<Descriptor> Files::open(const Place& place, int flags) {
  // What is only looked at is not opened, and takes no other flags.
  const int common = O_CLOEXEC | ((flags & O_PATH) != 0 ? 0 : O_NOCTTY | O_NONBLOCK);
  if (place.rest.empty()) {
    Descriptor file(::open(place.folder.c_str(), flags | common, 0666));
    if (file.get() < 0) return failed(errno, place.shown);
    return file;
  }
  const Descriptor folder(::open(place.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return failed(errno, place.shown);
  open_how how{};
  how.flags = static_cast<unsigned>(flags | common);
  how.mode = (flags & O_CREAT) != 0 ? 0666 : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long number = ::syscall(SYS_openat2, folder.get(), place.rest.c_str(), &how, sizeof how);
  if (number < 0) return failed(errno, place.shown);
  return Descriptor(static_cast<int>(number));
}

Result<Descriptor> Files::open_file(const Place& place, int flags, struct stat& status) {
  auto file = open(place, flags);
  if (!file) return file;
  if (::fstat(file->get(), &status) != 0) return failed(errno, place.shown);
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::denied, "'" + place.shown + "' is no regular file");
  }
  return file;
}

Result<Values> Files::read(const Values& arguments) const {
  auto place = place_of(arguments, For::reading);
  if (!place) return fail(std::move(place.error()));
  struct stat status {};
  auto file = open_file(*place, O_RDONLY, status);
  if (!file) return fail(std::move(file.error()));
  const std::int64_t from = arguments.size() > 1 ? arguments[1].as_integer() : 0;
  if (from < 0) return fail(ErrorCode::invalid_argument, "the second argument is an offset");
  const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(status.st_size - from, 0));
  std::uint64_t wanted = size;
  if (arguments.size() > 2 && !arguments[2].is_nil()) {
    wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(arguments[2].as_integer(), 0));
  }
  wanted = std::min(wanted, size);
  if (wanted > kReadBytesMax) {
    return fail(ErrorCode::too_large, "'" + place->shown + "' has " + format_bytes(size) +
                                          ": more than " + format_bytes(kReadBytesMax) +
                                          " is read in parts, read(path, offset, bytes)");
  }
  std::string text(static_cast<std::size_t>(wanted), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::pread(file->get(), text.data() + done, text.size() - done,
                                  from + static_cast<std::int64_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(errno, place->shown);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  text.resize(done);
  return Values{std::move(text)};
}

Result<Values> Files::write(const Values& arguments, int flags) const {
  auto place = place_of(arguments, For::writing);
  if (!place) return fail(std::move(place.error()));
  if (arguments.size() < 2 || !arguments[1].is_string()) {
    return fail(ErrorCode::invalid_argument, "the second argument is the text to write");
  }
  struct stat status {};
  auto file = open_file(*place, O_WRONLY | O_CREAT | flags, status);
  if (!file) return fail(std::move(file.error()));
  // Not while opening it: what is no regular file stays as it is.
  if ((flags & O_APPEND) == 0 && ::ftruncate(file->get(), 0) != 0) {
    return failed(errno, place->shown);
  }
  std::string_view rest = arguments[1].as_string();
  while (!rest.empty()) {
    const ssize_t count = ::write(file->get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(errno, place->shown);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return Values{static_cast<std::int64_t>(arguments[1].as_string().size())};
}

Result<Values> Files::list(const Values& arguments) const {
  auto place = place_of(arguments, For::reading);
  if (!place) return fail(std::move(place.error()));
  auto folder = open(*place, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail(std::move(folder.error()));
  const std::unique_ptr<DIR, CloseFolder> entries(::fdopendir(folder->get()));
  if (entries == nullptr) return failed(errno, place->shown);
  static_cast<void>(folder->release());
  std::vector<std::string> names;
  while (const dirent* entry =
             ::readdir(entries.get())) {  // NOLINT(concurrency-mt-unsafe): its own
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names.size() >= kListMax) {
      return fail(ErrorCode::too_large, "'" + place->shown + "' has more than 100,000 entries");
    }
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return Values{Table::list(Values(names.begin(), names.end()))};
}

Result<Values> Files::stat(const Values& arguments) const {
  auto place = place_of(arguments, For::reading);
  if (!place) return fail(std::move(place.error()));
  auto file = open(*place, O_PATH);
  if (!file && file.error().code == ErrorCode::not_found) return Values{nullptr};
  if (!file) return fail(std::move(file.error()));
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return failed(errno, place->shown);
  const char* const kind = S_ISREG(status.st_mode)   ? "file"
                           : S_ISDIR(status.st_mode) ? "folder"
                                                     : "other";
  return Values{Table{{"kind", kind},
                      {"size", static_cast<std::int64_t>(status.st_size)},
                      {"modified", static_cast<double>(status.st_mtim.tv_sec) +
                                       static_cast<double>(status.st_mtim.tv_nsec) / 1e9}}};
}

Result<Values> Files::remove(const Values& arguments) const {
  auto place = place_of(arguments, For::writing);
  if (!place) return fail(std::move(place.error()));
  if (place->rest.empty()) {
    return fail(ErrorCode::denied, "'" + place->shown + "' is what was granted, and stays");
  }
  // The folder it is in is opened beneath the grant; its own name, the last part, is no link that
  // unlinkat() would follow.
  const std::size_t slash = place->rest.rfind('/');
  const std::string name = slash == std::string::npos ? place->rest : place->rest.substr(slash + 1);
  Place parent = *place;
  parent.rest = slash == std::string::npos ? std::string() : place->rest.substr(0, slash);
  auto folder = open(parent, O_PATH | O_DIRECTORY);
  if (!folder) return fail(std::move(folder.error()));
  if (::unlinkat(folder->get(), name.c_str(), 0) != 0) return failed(errno, place->shown);
  return Values{true};
}

}  // namespace

bool is_below(std::string_view path, std::string_view folder) noexcept {
  if (folder == "/") return path.starts_with('/');
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::shared_ptr<const runtime::HostModule> make_file_module(FileAccess files, std::string base) {
  auto shared = std::make_shared<const Files>(std::move(files), std::move(base));
  auto module = std::make_shared<runtime::HostModule>();
  const auto add = [&module](const char* name, HostFunction function) {
    module->functions.emplace_back(name, std::move(function));
  };
  add("append", [shared](Call& call) { return shared->write(call.args, O_APPEND); });
  add("list", [shared](Call& call) { return shared->list(call.args); });
  add("read", [shared](Call& call) { return shared->read(call.args); });
  add("remove", [shared](Call& call) { return shared->remove(call.args); });
  add("stat", [shared](Call& call) { return shared->stat(call.args); });
  add("write", [shared](Call& call) { return shared->write(call.args, 0); });
  return module;
}

}  // namespace moonwright::actors
