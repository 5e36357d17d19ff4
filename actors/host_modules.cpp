// host_modules.cpp: see host_modules.hpp.
#include "actors/host_modules.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "actors/file_module.hpp"
#include "runtime/actor_library.hpp"
#include "runtime/libraries.hpp"

namespace moonwright::actors {
namespace {

bool is_identifier(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

Result<void> HostModules::expose(std::string_view name, HostFunction function) {
  const std::size_t dot = name.find('.');
  const std::string module(name.substr(0, dot));
  const std::string_view entry = dot == std::string_view::npos ? "" : name.substr(dot + 1);
  if (!is_identifier(module) || !is_identifier(entry) || !function) {
    return fail(ErrorCode::invalid_argument,
                "'" + std::string(name) + "' is not of the form module.function");
  }
  if (module == kFileModule || runtime::is_runtime_module(module.c_str()) ||
      runtime::is_library(module)) {
    return fail(ErrorCode::invalid_argument, "'" + module + "' is a module of the runtime itself");
  }
  const std::unique_lock lock(mutex_);
  auto& current = modules_[module];
  auto extended = std::make_shared<runtime::HostModule>();
  if (current) extended->functions = current->functions;
  for (const auto& [known, unused] : extended->functions) {
    if (known == entry) {
      return fail(ErrorCode::already_exists, "'" + std::string(name) + "' is exposed already");
    }
  }
  extended->functions.emplace_back(std::string(entry), std::move(function));
  current = std::move(extended);
  return {};
}

std::shared_ptr<const runtime::HostModule> HostModules::find(std::string_view module) const {
  const std::shared_lock lock(mutex_);
  const auto at = modules_.find(std::string(module));
  return at == modules_.end() ? nullptr : at->second;
}

std::vector<std::string> HostModules::names() const {
  std::vector<std::string> names;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, module] : modules_) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace moonwright::actors
