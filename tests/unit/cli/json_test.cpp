// json_test.cpp: --json, as another program reads it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/command.hpp"

namespace moonwright::tests {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

/// The object that the command printed; standard output has to be one line and nothing else.
Json parse(const Finished& finished) {
  EXPECT_EQ(finished.out.find('\n'), finished.out.size() - 1) << finished.out;
  Json object = Json::parse(finished.out, nullptr, false);
  EXPECT_TRUE(object.is_object()) << finished.out;
  EXPECT_EQ(object.size(), 22u) << finished.out;
  EXPECT_GE(object.value("duration_ms", -1.0), 0.0);
  return object;
}

Json exec_json(const std::string& code) {
  return parse(run_command({"exec", "--json", "-e", code}));
}

TEST(Json, HasSuccessValuesAndError) {
  const Finished finished = run_command({"exec", "--json", "-e", "return 42, 'x', 1.5, true, nil"});
  EXPECT_EQ(finished.exit_code, 0);
  const Json object = parse(finished);
  EXPECT_EQ(object.at("success"), true);
  EXPECT_EQ(object.at("values"), Json::parse(R"([42, "x", 1.5, true, null])"));
  EXPECT_EQ(object.at("error"), nullptr);
}

TEST(Json, ShowsTablesAsArraysAndObjects) {
  const Json object =
      exec_json("return {1, {2}}, {}, {a = {b = 'c'}}, {1, 2, n = 2}, {[true] = 1}");
  EXPECT_EQ(object.at("values"), Json::parse(R"([[1, [2]], [], {"a": {"b": "c"}},
                                              {"1": 1, "2": 2, "n": 2}, {"true": 1}])"));
}

TEST(Json, KeepsIntegersExact) {
  const Json object = exec_json("return math.maxinteger, math.mininteger, 2^53");
  EXPECT_EQ(object.at("values").at(0), INT64_MAX);
  EXPECT_EQ(object.at("values").at(1), INT64_MIN);
  EXPECT_TRUE(object.at("values").at(2).is_number_float());
}

TEST(Json, HasNullForNumbersThatJsonDoesNotKnow) {
  EXPECT_EQ(exec_json("return 0/0, 1/0, -1/0").at("values"), Json::parse("[null, null, null]"));
}

TEST(Json, ReplacesBytesThatAreNoUnicode) {
  EXPECT_EQ(exec_json("return 'a\\xff', 'h\\u{e9}', {['\\xfe'] = 1}").at("values"),
            Json::parse("[\"a\uFFFD\", \"h\u00e9\", {\"\uFFFD\": 1}]"));
}

TEST(Json, ShowsAnActorByItsNumber) {
  const Json values = exec_json("return require('actor').self()").at("values");
  EXPECT_TRUE(values.at(0).at("actor").is_number_unsigned()) << values;
}

TEST(Json, HasTheErrorWithCodeMessageAndTraceback) {
  const Finished finished = run_command({"exec", "--json", "-e", "error('boom')"});
  EXPECT_EQ(finished.exit_code, 1);
  const Json object = parse(finished);
  EXPECT_EQ(object.at("success"), false);
  EXPECT_EQ(object.at("values"), Json::array());
  EXPECT_EQ(object.at("error").at("code"), "error");
  EXPECT_EQ(object.at("error").at("message"), "[string \"exec\"]:1: boom");
  EXPECT_THAT(object.at("error").at("traceback").get<std::string>(), HasSubstr("stack traceback:"));
}

TEST(Json, SaysTheSameToPeopleOnStandardError) {
  EXPECT_EQ(run_command({"exec", "--json", "-e", "error('boom')"}).err,
            run_command({"exec", "-e", "error('boom')"}).err);
}

TEST(Json, NamesTheCodeOfASyntaxErrorOfALimitAndOfAMissingFile) {
  EXPECT_EQ(exec_json("return +").at("error").at("code"), "syntax_error");
  const Finished limit = run_command(
      {"exec", "--json", "--memory", "1MiB", "-e", "local t = {} for i = 1, 1e8 do t[i] = {} end"});
  EXPECT_EQ(limit.exit_code, 3);
  EXPECT_EQ(parse(limit).at("error").at("code"), "memory_limit");
  const Finished missing = run_command({"run", "--json", "nowhere.lua"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_EQ(parse(missing).at("error").at("code"), "not_found");
}

TEST(Json, HasTheExitCodeOfAProgramAsItsValue) {
  const Finished finished = run_source("return 7", {"--json"});
  EXPECT_EQ(finished.exit_code, 7);
  const Json object = parse(finished);
  EXPECT_EQ(object.at("success"), false);
  EXPECT_EQ(object.at("values"), Json::array({7}));
  EXPECT_EQ(object.at("error"), nullptr);
}

TEST(Json, HoldsWhatTheScriptPrints) {
  const Finished finished = run_source(R"(
    print('one')
    local child = require('actor').spawn{ wait = true, source = "print 'two' return {}" }
    print('three'))",
                                       {"--json"});
  EXPECT_EQ(parse(finished).at("output"), "one\ntwo\nthree\n");
  EXPECT_EQ(finished.err, "");
}

TEST(Json, IsNotDisturbedByWhatTheScriptWritesItself) {
  const Finished finished = run_source(
      "io.write('two\\n') io.stdout:write('three\\n') os.execute('echo four')", {"--json"});
  EXPECT_EQ(parse(finished).at("success"), true);
  for (const char* word : {"two\n", "three\n", "four\n"})
    EXPECT_THAT(finished.err, HasSubstr(word));
}

TEST(Json, HoldsTheLogBesideStandardError) {
  const Finished finished =
      run_command({"exec", "--json", "-e", "require('actor').log('warn', 'low') error('boom')"});
  const Json object = parse(finished);
  EXPECT_EQ(object.at("log_lines"), Json::array({"warn  low"}));
  EXPECT_EQ(object.at("output"), "");
  EXPECT_THAT(finished.err, HasSubstr("low"));
}

TEST(Json, HasTheFiguresOfTheFirstActor) {
  const Json object = exec_json("local t = ('x'):rep(2 << 20) return #t");
  EXPECT_EQ(object.at("id"), "exec");
  EXPECT_EQ(object.at("reason"), "normal");
  EXPECT_GT(object.at("memory_peak_bytes"), 2 << 20);
  EXPECT_GT(object.at("memory_peak_mib"), 2);
  EXPECT_GT(object.at("duration_ms"), 0);
  EXPECT_EQ(object.at("violations"), 0);
  const Json failed = exec_json("local t = {} for i = 1, 1e9 do t[i] = {} end");
  EXPECT_EQ(failed.at("error").at("code"), "memory_limit");
  EXPECT_GT(failed.at("violations"), 0);
}

TEST(Json, IsPrintedWithoutStandardErrorToo) {
  const Finished finished = run_command({"exec", "--json", "-e", "print('x') return 1"},
                                        {.err = ChildProcess::Stream::closed});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(parse(finished).at("values"), Json::array({1}));
}

}  // namespace
}  // namespace moonwright::tests
