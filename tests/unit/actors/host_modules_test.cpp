// host_modules_test.cpp: which C++ functions scripts can require, and under which names.
#include "actors/host_modules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace moonwright::actors {
namespace {

HostFunction answering(int number) {
  return [number](Call&) -> Result<Values> { return Values{number}; };
}

TEST(HostModules, FindsFunctionsByModule) {
  HostModules modules;
  EXPECT_EQ(modules.find("host"), nullptr);
  ASSERT_TRUE(modules.expose("host.one", answering(1)).has_value());
  ASSERT_TRUE(modules.expose("host.two", answering(2)).has_value());
  ASSERT_TRUE(modules.expose("other.one", answering(3)).has_value());
  const auto host = modules.find("host");
  ASSERT_NE(host, nullptr);
  ASSERT_EQ(host->functions.size(), 2u);
  EXPECT_EQ(host->functions[0].first, "one");
  EXPECT_EQ(host->functions[1].first, "two");
  const Values none;
  Call call{none, {}};
  EXPECT_EQ(host->functions[1].second(call).value(), Values{2});
  EXPECT_EQ(modules.find("other")->functions.size(), 1u);
}

TEST(HostModules, LeavesAModuleThatSomebodyHasAsItIs) {
  HostModules modules;
  ASSERT_TRUE(modules.expose("host.one", answering(1)).has_value());
  const auto before = modules.find("host");
  ASSERT_TRUE(modules.expose("host.two", answering(2)).has_value());
  EXPECT_EQ(before->functions.size(), 1u);
  EXPECT_EQ(modules.find("host")->functions.size(), 2u);
}

TEST(HostModules, RefusesANameThatIsTaken) {
  HostModules modules;
  ASSERT_TRUE(modules.expose("host.one", answering(1)).has_value());
  const auto again = modules.expose("host.one", answering(2));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::already_exists);
  EXPECT_NE(again.error().message.find("host.one"), std::string::npos);
}

TEST(HostModules, RefusesNamesThatAreNotOfTheFormModuleFunction) {
  HostModules modules;
  for (const char* name : {"", ".", "host", "host.", ".one", "host.one.two", "1host.one",
                           "host.1one", "ho st.one", "host.o-ne", "host/one", "h\xc3\xb6st.one"}) {
    const auto exposed = modules.expose(name, answering(1));
    ASSERT_FALSE(exposed.has_value()) << name;
    EXPECT_EQ(exposed.error().code, ErrorCode::invalid_argument) << name;
  }
  EXPECT_TRUE(modules.expose("_h0st.One_2", answering(1)).has_value());
}

TEST(HostModules, RefusesTheRuntimesOwnModulesAndLuas) {
  HostModules modules;
  for (const char* module : {"actor", "string", "table", "math", "os", "io", "package", "debug",
                             "coroutine", "utf8", "_G"}) {
    const auto exposed = modules.expose(std::string(module) + ".extra", answering(1));
    ASSERT_FALSE(exposed.has_value()) << module;
    EXPECT_EQ(exposed.error().code, ErrorCode::invalid_argument) << module;
    EXPECT_EQ(modules.find(module), nullptr);
  }
}

TEST(HostModules, RefusesAnEmptyFunction) {
  HostModules modules;
  EXPECT_EQ(modules.expose("host.one", nullptr).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace moonwright::actors
