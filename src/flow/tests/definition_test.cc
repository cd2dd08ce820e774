#include "flow/definition.h"

#include <zlib.h>

#include "flow/tests/flow_fixture.h"

namespace freshet::flow {
namespace {

using testing::Test;

/// What opening this definition complains about.
class DefinitionTest : public FlowTest {
 protected:
  std::string refusal(const std::string& definition) {
    auto flow = Flow::open(options(), definition);
    return flow ? "accepted" : flow.error().message;
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
};

TEST_F(DefinitionTest, BothVocabulariesAreRead) {
  for (const char* name : {"customers_nifi2.json", "customers_nifi1.json"}) {
    const auto definition = parse_definition(example_definition(name));
    ASSERT_TRUE(definition) << definition.error().message;
    EXPECT_EQ(definition->name, "Customers to S3");
    EXPECT_EQ(definition->services.size(), 1u);
  }
}

TEST_F(DefinitionTest, AFlowJsonIsReadPlainAndGzipped) {
  std::string definition = list_fetch_put().json();
  definition.replace(definition.find("flowContents"), 12, "rootGroup");
  EXPECT_EQ(refusal(definition), "accepted");
  std::string packed(compressBound(definition.size()) + 64, '\0');
  z_stream stream{};
  ASSERT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(definition.data());
  stream.avail_in = static_cast<uInt>(definition.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  EXPECT_EQ(refusal(packed), "accepted");
  EXPECT_TRUE(has(refusal(packed.substr(0, packed.size() / 2)), "damaged or cut off"));
}

TEST_F(DefinitionTest, BrokenJsonIsRefusedWithLineAndColumn) {
  EXPECT_TRUE(has(refusal("{\n  \"flowContents\": {,}\n}"), "line 2, column 20")) << refusal("{\n  \"flowContents\": {,}\n}");
  EXPECT_TRUE(has(refusal("{\"flowContents\": {"), "is not JSON"));
  EXPECT_TRUE(has(refusal("[]"), "must be a JSON object"));
  EXPECT_TRUE(has(refusal("{}"), "neither flowContents"));
  EXPECT_TRUE(has(refusal("<?xml version=\"1.0\"?><template/>"), "download the flow definition as JSON"));
}

TEST_F(DefinitionTest, EveryFaultIsNamedWithItsComponent) {
  DefinitionBuilder definition;
  definition.processor("odd", "org.example.Teleport", {})
      .processor("list", k_list_file, {{"Listing Strategy", "sometimes"}, {"File Filter", "("}, {"Colour", "red"}},
                 {.period = "soon"})
      .processor("fetch", k_fetch_file, {{"File to Fetch", "${filename:shout()}"}, {"Completion Strategy", "Move File"}})
      .connection("list", "success", "fetch")
      .connection("list", "failure", "fetch")
      .connection("fetch", "success", "nobody");
  const std::string message = refusal(definition.json());
  EXPECT_TRUE(has(message, "processor 'odd' (id odd): the processor type 'org.example.Teleport' is unknown")) << message;
  EXPECT_TRUE(has(message, "processor 'list' (id list): schedulingPeriod: 'soon' is not a time period")) << message;
  EXPECT_TRUE(has(message, "property Listing Strategy cannot be 'sometimes'; choose one of 'timestamps', 'entities', 'none'"))
      << message;
  EXPECT_TRUE(has(message, "property Input Directory has no value, and needs one")) << message;
  EXPECT_TRUE(has(message, "property File Filter is wrong: '(' is not a regular expression")) << message;
  EXPECT_TRUE(has(message, "property Colour is not a property of this type")) << message;
  EXPECT_TRUE(has(message, "property File to Fetch is wrong: there is no function 'shout' at position 12")) << message;
  EXPECT_TRUE(has(message, "(id fetch-success-nobody): its destination nobody is not in the file")) << message;
  EXPECT_TRUE(has(message, "selects the relationship 'failure', which it does not have; it has success")) << message;
  EXPECT_TRUE(
      has(message, "processor 'fetch' (id fetch): the relationship 'not.found' is neither connected nor auto-terminated"))
      << message;
}

TEST_F(DefinitionTest, AConditionalPropertyIsRequired) {
  EXPECT_TRUE(has(refusal(list_fetch_put({}, {{"Completion Strategy", "Move File"}}).json()),
                  "Move Destination Directory has no value"));
}

TEST_F(DefinitionTest, AMissingServiceOrParameterIsAFault) {
  EXPECT_TRUE(has(refusal(list_fetch_put({}, {}, {{"AWS Credentials Provider Service", "123"}}).json()),
                  "names the controller service 123, which is not in the file"));
  EXPECT_TRUE(has(refusal(list_fetch_put({}, {}, {{"Bucket", "#{bucket}"}}).json()), "no parameter is named 'bucket'"));
}

TEST_F(DefinitionTest, ConfiguredParametersReplaceThoseOfTheContext) {
  auto with = options();
  with.parameters = {{"input", input().string()}, {"bucket", "raw"}};
  write_input("a.csv", "1");
  open(example_definition("customers_nifi2.json"), with);
  flow_->step();
  EXPECT_EQ(store_->contents("raw").count("stream_data/a.csv"), 1u);
  EXPECT_EQ(store_->head("raw", "stream_data/a.csv")->metadata.at("origin"), (input() / "").string());
}

TEST_F(DefinitionTest, WrongTypesOfFieldsAreFaultsAndNeverCrashes) {
  EXPECT_TRUE(has(refusal(R"({"flowContents": {"name": 1, "processors": {}}})"), "processors must be a list"));
  EXPECT_TRUE(has(refusal(R"({"flowContents": {"processors": [1]}})"), "must hold objects"));
  EXPECT_TRUE(has(refusal(R"({"flowContents": {"processors": [{"identifier": "p", "name": "P", "properties": {"a": []}}]}})"),
                  "the property a must be text or null"));
  EXPECT_TRUE(has(refusal(R"({"flowContents": {"connections": [{"identifier": "c"}]}})"), "it has no source"));
}

TEST_F(DefinitionTest, ADisabledProcessorIsNotCheckedAndNotStarted) {
  DefinitionBuilder definition;
  definition.processor("odd", "org.example.Teleport", {}, {.more = {{"scheduledState", "DISABLED"}}});
  open(definition.json());
  EXPECT_EQ(flow_->status().processors[0].state, ProcessorState::disabled);
  EXPECT_FALSE(flow_->start("odd"));
}

} // namespace
} // namespace freshet::flow
