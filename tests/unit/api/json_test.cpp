// json_test.cpp: values and results, as programs that read JSON see them.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "api_support.hpp"

namespace moonwright {
namespace {

using Json = nlohmann::json;

std::string json_of(const Values& values) {
  const auto text = to_json(values);
  EXPECT_TRUE(text.has_value());
  return text.value_or("");
}

TEST(ToJson, WritesValuesAsOneArray) {
  EXPECT_EQ(json_of({}), "[]");
  EXPECT_EQ(json_of({nullptr, true, false, 42, -1, "text"}), R"([null,true,false,42,-1,"text"])");
  EXPECT_EQ(json_of({INT64_MAX, INT64_MIN}), "[9223372036854775807,-9223372036854775808]");
}

TEST(ToJson, WritesFloatsSoThatTheyAreReadBackTheSame) {
  EXPECT_EQ(json_of({1.0, -0.0, 0.1, 1e100, 9007199254740992.0}),
            "[1.0,-0.0,0.1,1e+100,9007199254740992.0]");
  for (const double number : {1.0 / 3, 5e-324, std::numeric_limits<double>::max(), -2.5}) {
    EXPECT_EQ(Json::parse(json_of({number})).at(0).get<double>(), number);
  }
  EXPECT_EQ(json_of({NAN, INFINITY, -INFINITY}), "[null,null,null]");
}

TEST(ToJson, WritesTablesAsArraysOrObjects) {
  EXPECT_EQ(json_of({Table(), Table::list({1, Table::list({2})})}), "[[],[1,[2]]]");
  EXPECT_EQ(json_of({Table{{"b", 1}, {"a", Table{{"x", nullptr}, {"y", true}}}}}),
            R"([{"a":{"y":true},"b":1}])");
  Table mixed = Table::list({"one", "two"});
  mixed.set("n", 2);
  mixed.set(true, 3);
  mixed.set(-1.5, 4);
  mixed.set(Table::list({1}), 5);
  EXPECT_EQ(json_of({mixed}), R"([{"-1.5":4,"1":"one","2":"two","[1]":5,"n":2,"true":3}])");
}

TEST(ToJson, LetsTheStringWinOfTwoKeysThatBecomeTheSame) {
  Table table;
  table.set(-1, "number");
  table.set("-1", "string");
  EXPECT_EQ(json_of({table}), R"([{"-1":"string"}])");
}

TEST(ToJson, EscapesWhatJsonWantsEscaped) {
  EXPECT_EQ(json_of({"a\"b\\c\nd\te\x01\x1f\x7f"}),
            "[\"a\\\"b\\\\c\\nd\\te\\u0001\\u001f\\u007f\"]");
  EXPECT_EQ(json_of({std::string("nul\0", 4)}), "[\"nul\\u0000\"]");
}

TEST(ToJson, ReplacesWhatIsNoUnicode) {
  for (const char* valid : {"\x7f", "\u00e9", "\uffff", "\U0001F600", "\xED\x9F\xBF"}) {
    EXPECT_EQ(Json::parse(json_of({valid})).at(0).get<std::string>(), valid);
  }
  // Alone, cut off, too long, a surrogate, beyond the last character.
  for (const char* wrong : {"\x80", "\xff", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                            "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"}) {
    const std::string text = std::string("a") + wrong + "b";
    const Json json = Json::parse(json_of({text}), nullptr, false);
    ASSERT_FALSE(json.is_discarded());
    const auto read = json.at(0).get<std::string>();
    EXPECT_EQ(read.substr(0, 4), "a\uFFFD");
    EXPECT_EQ(read.back(), 'b');
  }
  EXPECT_EQ(json_of({"\xE2\x82"}), "[\"\uFFFD\uFFFD\"]");
}

TEST(ToJson, AgreesWithAnotherWriterAboutEveryByteString) {
  std::string text;
  std::uint32_t state = 1;
  for (int round = 0; round < 2'000; ++round) {
    text.clear();
    for (int i = 0; i < 12; ++i) {
      state = state * 1'664'525 + 1'013'904'223;
      // Many bytes of the kinds that sequences are made of.
      static constexpr unsigned char kBytes[] = {'a',  0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                                 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4};
      text += static_cast<char>(kBytes[state >> 28]);
    }
    const Json json = Json::parse(json_of({text}), nullptr, false);
    ASSERT_FALSE(json.is_discarded())
        << Json(text).dump(-1, ' ', true, Json::error_handler_t::ignore);
  }
}

TEST(ToJson, ShowsAnActorByItsNumber) {
  Runtime runtime = start_runtime();
  const ActorRef actor = spawn_text(runtime, kEcho);
  EXPECT_EQ(json_of({actor}), "[{\"actor\":" + std::to_string(actor.id()) + "}]");
}

TEST(ToJson, RefusesWhatWouldBeEndless) {
  Value value = Table::list({1});
  for (int i = 0; i < 60; ++i) value = Table::list({value, value});
  EXPECT_EQ(code_of(to_json(Values{value})), ErrorCode::too_large);
  Value key = Table::list({1});
  for (int i = 0; i < 60; ++i) key = Table{{key, key}};
  EXPECT_EQ(code_of(to_json(Values{key})), ErrorCode::too_large);
  Value deep;
  for (int i = 0; i < 10'000; ++i) deep = Table::list({deep});
  EXPECT_EQ(code_of(to_json(Values{deep})), ErrorCode::too_large);
}

TEST(ToJson, NamesTheFieldsOfAResultWithTheirUnits) {
  Runtime runtime = start_runtime();
  ExecuteOptions options;
  options.id = "x \"7\"";
  const ExecutionResult result =
      runtime
          .execute(Script::text("print 'hi' require('actor').log('warn', 'w') return 42"), options)
          .get();
  const Json json = Json::parse(to_json(result).value());
  EXPECT_EQ(json.at("id"), options.id);
  EXPECT_EQ(json.at("success"), true);
  EXPECT_EQ(json.at("reason"), "normal");
  EXPECT_EQ(json.at("values"), Json::array({42}));
  EXPECT_EQ(json.at("error"), nullptr);
  EXPECT_EQ(json.at("memory_used_bytes"), result.memory_used_bytes);
  EXPECT_EQ(json.at("memory_peak_bytes"), result.memory_peak_bytes);
  EXPECT_NEAR(json.at("memory_used_mib").get<double>(), result.memory_used_mib(), 0.001);
  EXPECT_NEAR(json.at("memory_peak_mib").get<double>(), result.memory_peak_mib(), 0.001);
  EXPECT_NEAR(json.at("duration_ms").get<double>(),
              std::chrono::duration<double>(result.duration).count() * 1'000, 0.001);
  EXPECT_EQ(json.at("output"), "hi\n");
  EXPECT_EQ(json.at("output_truncated"), false);
  EXPECT_EQ(json.at("log_lines"), Json::array({"warn  w"}));
  EXPECT_EQ(json.at("log_truncated"), false);
  for (const char* key : {"cpu_time_ms", "instructions", "collections", "freed_bytes",
                          "average_freed_bytes", "violations", "warnings"}) {
    EXPECT_TRUE(json.at(key).is_number()) << key;
  }
  EXPECT_TRUE(json.at("instructions_exact").is_boolean());
  EXPECT_EQ(json.size(), 22u);
}

TEST(ToJson, HasTheErrorOfAResult) {
  Runtime runtime = start_runtime();
  const Json json =
      Json::parse(to_json(runtime.execute(Script::text("error 'boom'")).get()).value());
  EXPECT_EQ(json.at("success"), false);
  EXPECT_EQ(json.at("reason"), "error");
  EXPECT_EQ(json.at("error").at("code"), "error");
  EXPECT_NE(json.at("error").at("message").get<std::string>().find("boom"), std::string::npos);
  EXPECT_NE(json.at("error").at("traceback").get<std::string>().find("stack"), std::string::npos);
}

}  // namespace
}  // namespace moonwright
