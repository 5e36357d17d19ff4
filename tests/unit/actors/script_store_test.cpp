// script_store_test.cpp: scripts are found below the root, compiled once, and nowhere else.
#include "actors/script_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/temp_folder.hpp"

namespace moonwright::actors {
namespace {

namespace fs = std::filesystem;

class ScriptStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<ScriptStore> open() {
    auto store = ScriptStore::open(root_.path());
    EXPECT_TRUE(store.has_value());
    return std::move(*store);
  }
  Result<ScriptStore::CodePtr> load(const std::string& name, bool trusted = false) {
    auto source = store_->load(Script::file(name), trusted);
    if (!source) return fail(std::move(source.error()));
    return (*source)->newest().code;
  }
  void expect(ErrorCode code, const std::string& name, bool trusted = false) {
    const auto loaded = load(name, trusted);
    ASSERT_FALSE(loaded.has_value()) << name;
    EXPECT_EQ(loaded.error().code, code) << name << ": " << loaded.error().message;
  }

  tests::TempFolder root_;
  tests::TempFolder outside_;
  std::unique_ptr<ScriptStore> store_ = open();
};

TEST_F(ScriptStoreTest, NeedsAFolder) {
  EXPECT_EQ(ScriptStore::open(root_.path() + "/none").error().code, ErrorCode::not_found);
  const std::string file = root_.write("file.lua", "");
  EXPECT_EQ(ScriptStore::open(file).error().code, ErrorCode::io);
  EXPECT_TRUE(ScriptStore::open("").has_value());
}

TEST_F(ScriptStoreTest, CompilesAFileOnce) {
  root_.write("folder/a.lua", "return 1");
  const auto first = load("folder/a.lua");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(load("folder/a.lua"), first);
  EXPECT_EQ(load("folder/a.lua", true), first);
}

TEST_F(ScriptStoreTest, CompilesAFileAgainWhenItHasChanged) {
  root_.write("a.lua", "return 1");
  const auto first = load("a.lua");
  root_.write("a.lua", "return 1, 2");
  const auto second = load("a.lua");
  ASSERT_TRUE(second.has_value());
  EXPECT_NE(second, first);
  EXPECT_EQ(load("a.lua"), second);

  // Replaced, as editors do: another file under the same name, of the same size.
  root_.write("b.lua", "return 3, 4");
  fs::rename(root_.path() + "/b.lua", root_.path() + "/a.lua");
  EXPECT_NE(load("a.lua"), second);
}

TEST_F(ScriptStoreTest, NoticesThatAFileIsGoneOrBroken) {
  root_.write("a.lua", "return 1");
  ASSERT_TRUE(load("a.lua").has_value());
  root_.write("a.lua", "return return");
  expect(ErrorCode::syntax_error, "a.lua");
  fs::remove(root_.path() + "/a.lua");
  expect(ErrorCode::not_found, "a.lua");
  root_.write("a.lua", "return 1");
  EXPECT_TRUE(load("a.lua").has_value());
}

TEST_F(ScriptStoreTest, AnswersNotFoundForWhatIsNotThere) {
  root_.write("file.lua", "");
  expect(ErrorCode::not_found, "none.lua");
  expect(ErrorCode::not_found, "file.lua/deeper.lua");
  expect(ErrorCode::not_found, "none.lua", true);
}

TEST_F(ScriptStoreTest, AnswersIoForAFolder) {
  fs::create_directory(root_.path() + "/folder.lua");
  expect(ErrorCode::io, "folder.lua");
  expect(ErrorCode::io, "folder.lua", true);
}

TEST_F(ScriptStoreTest, NamesFileAndLineOfASyntaxError) {
  root_.write("bad.lua", "local x = 1\nlocal y = = 2\n");
  const auto loaded = load("bad.lua");
  ASSERT_FALSE(loaded.has_value());
  EXPECT_NE(loaded.error().message.find("bad.lua:2:"), std::string::npos) << loaded.error().message;
}

TEST_F(ScriptStoreTest, RefusesBytecode) {
  root_.write("binary.lua", "\x1bLua");
  expect(ErrorCode::syntax_error, "binary.lua");
}

TEST_F(ScriptStoreTest, KeepsUntrustedPathsBelowTheRoot) {
  const std::string secret = outside_.write("secret.lua", "return 1");
  root_.write("a.lua", "return 1");
  root_.write("folder/b.lua", "return 1");
  expect(ErrorCode::denied, secret);
  expect(ErrorCode::denied, root_.path() + "/a.lua");
  expect(ErrorCode::denied, "../" + fs::path(outside_.path()).filename().string() + "/secret.lua");
  expect(ErrorCode::denied, "folder/../a.lua");
  expect(ErrorCode::denied, "..");
  expect(ErrorCode::denied, "folder/..");
  expect(ErrorCode::denied, "");
  expect(ErrorCode::denied, std::string("a.lua\0b", 7));
  EXPECT_TRUE(load("folder/b.lua").has_value());
  EXPECT_TRUE(load("./folder//b.lua").has_value());
  EXPECT_TRUE(load("..a.lua").error().code == ErrorCode::not_found);
}

TEST_F(ScriptStoreTest, LetsTrustedPathsGoAnywhere) {
  const std::string secret = outside_.write("secret.lua", "return 1");
  root_.write("a.lua", "return 1");
  EXPECT_TRUE(load(secret, true).has_value());
  EXPECT_TRUE(load("../" + fs::path(outside_.path()).filename().string() + "/secret.lua", true));
}

TEST_F(ScriptStoreTest, FollowsNoLinkOutOfTheRoot) {
  const std::string secret = outside_.write("secret.lua", "return 1");
  root_.write("real.lua", "return 1");
  fs::create_symlink(secret, root_.path() + "/link.lua");
  fs::create_directory_symlink(outside_.path(), root_.path() + "/folder");
  fs::create_symlink("real.lua", root_.path() + "/inner.lua");
  EXPECT_TRUE(load("inner.lua").has_value());
  for (const char* name : {"link.lua", "folder/secret.lua"}) {
    expect(ErrorCode::denied, name);
    EXPECT_TRUE(load(name, true).has_value());
    expect(ErrorCode::denied, name);  // also from the cache
  }
}

TEST_F(ScriptStoreTest, NoticesALinkThatIsTurnedOutOfTheRoot) {
  const std::string secret = outside_.write("secret.lua", "return 1");
  root_.write("real.lua", "return 1");
  fs::create_symlink("real.lua", root_.path() + "/link.lua");
  ASSERT_TRUE(load("link.lua").has_value());
  fs::remove(root_.path() + "/link.lua");
  fs::create_symlink(secret, root_.path() + "/link.lua");
  expect(ErrorCode::denied, "link.lua");
}

TEST_F(ScriptStoreTest, DoesNotTakeASimilarNameForTheRoot) {
  const std::string twin = root_.path() + "-twin";
  fs::create_directory(twin);
  fs::copy_file(outside_.write("x.lua", "return 1"), twin + "/x.lua");
  fs::create_symlink(twin + "/x.lua", root_.path() + "/x.lua");
  expect(ErrorCode::denied, "x.lua");
  fs::remove_all(twin);
}

TEST_F(ScriptStoreTest, CompilesATextOnce) {
  const auto load_text = [this](const char* source, const char* name) {
    return store_->load(Script::text(source, name), false);
  };
  const auto first = load_text("return 1", "a");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(load_text("return 1", "a"), first);
  EXPECT_NE(load_text("return 2", "a"), first);
  EXPECT_NE(load_text("return 1", "b"), first);
  const auto bad = load_text("return return", "named");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, ErrorCode::syntax_error);
  EXPECT_NE(bad.error().message.find("[string \"named\"]:1:"), std::string::npos);
}

TEST_F(ScriptStoreTest, NeedsAScript) {
  EXPECT_EQ(store_->load(Script(), true).error().code, ErrorCode::invalid_argument);
}

TEST_F(ScriptStoreTest, ForgetsTextsWhenThereAreTooMany) {
  for (int i = 0; i < 3'000; ++i) {
    ASSERT_TRUE(store_->load(Script::text("return " + std::to_string(i)), false).has_value());
  }
}

TEST_F(ScriptStoreTest, SearchesModulesInFourPlaces) {
  const std::vector<std::string> places = {"lua_modules/share/lua/5.4/lib/util/init.lua",
                                           "lua_modules/share/lua/5.4/lib/util.lua",
                                           "lib/util/init.lua", "lib/util.lua"};
  ScriptStore::CodePtr last;
  for (const std::string& place : places) {
    root_.write(place, "return {}");
    const auto found = store_->load_module("lib.util");
    ASSERT_TRUE(found.has_value()) << place;
    EXPECT_NE(*found, last) << place << " goes before those after it";
    last = *found;
  }
}

TEST_F(ScriptStoreTest, SaysWhereItLookedForAModule) {
  const auto found = store_->load_module("lib.none");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::not_found);
  for (const char* place : {"'lib.none'", "/lib/none.lua'", "/lib/none/init.lua'",
                            "/lua_modules/share/lua/5.4/lib/none.lua'",
                            "/lua_modules/share/lua/5.4/lib/none/init.lua'"}) {
    EXPECT_NE(found.error().message.find(place), std::string::npos) << place;
  }
}

TEST_F(ScriptStoreTest, FindsNoModuleOutsideTheRoot) {
  outside_.write("secret.lua", "return 1");
  fs::create_directory_symlink(outside_.path(), root_.path() + "/out");
  EXPECT_EQ(store_->load_module("out.secret").error().code, ErrorCode::denied);
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a..b"),
        std::string("../secret"), outside_.path() + "/secret", std::string("a\0b", 3)}) {
    const auto found = store_->load_module(name);
    ASSERT_FALSE(found.has_value()) << name;
    EXPECT_EQ(found.error().code, ErrorCode::not_found) << name;
  }
}

TEST_F(ScriptStoreTest, StopsAtAModuleThatDoesNotCompile) {
  root_.write("broken.lua", "return return");
  root_.write("broken/init.lua", "return 1");
  EXPECT_EQ(store_->load_module("broken").error().code, ErrorCode::syntax_error);
}

TEST_F(ScriptStoreTest, ServesManyThreadsAtOnce) {
  root_.write("a.lua", "return 1");
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      for (int n = 0; n < 200; ++n) {
        EXPECT_TRUE(load("a.lua").has_value());
        const std::string text = "return " + std::to_string(n * 4 + i);
        EXPECT_TRUE(store_->load(Script::text(text), false).has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace moonwright::actors
