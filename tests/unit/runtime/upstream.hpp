// upstream.hpp: the same code with our libraries and with upstream's.
#pragma once

#include <gtest/gtest.h>

#include <lua.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lua_run.hpp"
#include "runtime/state.hpp"

namespace moonwright::runtime {

/// How a piece of code ended, as text: all its results, or its error.
struct Outcomes {
  std::string ours;
  std::string upstream;
};

/// Two states, as alike as possible; in one of them the libraries are upstream's.
class Upstream {
 public:
  explicit Upstream(Sandbox level = Sandbox::restricted)
      : ours_(open_state({.sandbox = level})), upstream_(open_state({.sandbox = level})) {
    prepare(*ours_);
    prepare(*upstream_);
    lua_State* L = upstream_->lua();
    constexpr luaL_Reg kLibraries[] = {{"string", luaopen_string},
                                       {"table", luaopen_table},
                                       {"utf8", luaopen_utf8},
                                       {"math", luaopen_math},
                                       {"os", luaopen_os}};
    for (const luaL_Reg& library : kLibraries) {
      library.func(L);
      lua_setglobal(L, library.name);
    }
  }

  /// Runs `code` in both, with the strings `arguments` as its `...`.
  Outcomes run(const std::string& code, const std::vector<std::string>& arguments = {}) {
    return {run(*ours_, code, arguments), run(*upstream_, code, arguments)};
  }

  /// Expects the same from both; on failure says for which code and arguments.
  bool agree(const std::string& code, const std::vector<std::string>& arguments = {}) {
    const Outcomes both = run(code, arguments);
    EXPECT_EQ(both.ours, both.upstream) << code << "\n  with " << quoted(arguments);
    return both.ours == both.upstream;
  }

  [[nodiscard]] static std::string quoted(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) {
      out += '\'';
      for (const char c : text) {
        constexpr char kHex[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= ' ' && byte < 127 && c != '\\') {
          out += c;
        } else {
          (out += "\\x") += {kHex[byte >> 4], kHex[byte & 15]};
        }
      }
      out += "' ";
    }
    return out;
  }

 private:
  static void prepare(State& state) {
    // What values are, down to the difference between 1 and 1.0. Tables are shown by content.
    constexpr std::string_view kDescribe = R"(
      local format, concat, sort = string.format, table.concat, table.sort
      function describe(value, depth)
        if type(value) == "string" then return format("%q", value) end
        if type(value) ~= "table" then
          return math.type(value) and tostring(value) or value == nil and "nil" or
                 type(value) == "boolean" and tostring(value) or type(value)
        end
        if (depth or 0) > 3 then return "..." end
        local fields = {}
        for k, v in next, value do
          fields[#fields + 1] = describe(k, 4) .. "=" .. describe(v, (depth or 0) + 1)
        end
        sort(fields)
        return "{" .. concat(fields, ",") .. "}"
      end
      local function describe_all(ok, ...)
        if not ok then return "error: " .. describe((...)) end
        local all = {}
        for i = 1, select("#", ...) do all[i] = describe((select(i, ...))) end
        return concat(all, ", ")
      end
      local pcall = pcall
      function outcome(chunk, ...) return describe_all(pcall(chunk, ...)) end)";
    EXPECT_EQ(moonwright::runtime::run(state, kDescribe), "");
  }

  std::string run(State& state, const std::string& code,
                  const std::vector<std::string>& arguments) {
    struct Job {
      const std::string& code;
      const std::vector<std::string>& arguments;
      std::string out;
    };
    Job job{code, arguments, {}};
    const auto done = state.protect(
        [](lua_State* L) {
          auto* work = static_cast<Job*>(lua_touserdata(L, 1));
          lua_getglobal(L, "outcome");
          if (luaL_loadbuffer(L, work->code.data(), work->code.size(), "=case") != LUA_OK) {
            return lua_error(L);
          }
          for (const std::string& text : work->arguments) {
            lua_pushlstring(L, text.data(), text.size());
          }
          lua_call(L, static_cast<int>(work->arguments.size()) + 1, 1);
          std::size_t size = 0;
          const char* text = lua_tolstring(L, -1, &size);
          work->out.assign(text, size);
          return 0;
        },
        &job);
    EXPECT_TRUE(done) << done.error().message << "\n" << code;
    return job.out;
  }

  std::unique_ptr<State> ours_;
  std::unique_ptr<State> upstream_;
};

}  // namespace moonwright::runtime
