#include "flow/expression.h"

#include <gtest/gtest.h>

namespace freshet::flow {
namespace {

class ExpressionTest : public testing::Test {
 protected:
  std::string evaluate(std::string_view text) {
    auto expression = Expression::compile(text, parameters_);
    if (!expression) return "error: " + expression.error().message;
    ExpressionScope scope;
    scope.attribute = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = attributes_.find(name);
      if (found == attributes_.end()) return std::nullopt;
      return found->second;
    };
    scope.attribute_names = &attributes_;
    scope.parameters = &parameters_;
    scope.variables = &variables_;
    scope.clock = &clock_;
    auto value = expression->evaluate(scope);
    return value ? *value : "error: " + value.error().message;
  }

  Attributes attributes_ = {{"filename", "customer_20241023.csv"},
                            {"absolute.path", "/in/"},
                            {"fileSize", "1024"},
                            {"empty", ""},
                            {"my attribute", "spaced"},
                            {"name", "filename"},
                            {"list", "a,b,c"},
                            {"time", "2024/10/23 15:45:46"}};
  std::map<std::string, std::string> parameters_ = {{"bucket", "raw"}, {"dir", "${absolute.path}x"}};
  std::map<std::string, std::string> variables_ = {{"HOME", "/home/me"}};
  FakeClock clock_;
};

TEST_F(ExpressionTest, PlainTextStaysAsItIs) {
  EXPECT_EQ(evaluate("stream_data/$file #1 {x}"), "stream_data/$file #1 {x}");
}
TEST_F(ExpressionTest, AttributesStandInsideText) {
  EXPECT_EQ(evaluate("${absolute.path}${filename}"), "/in/customer_20241023.csv");
  EXPECT_EQ(evaluate("stream_data/${filename}"), "stream_data/customer_20241023.csv");
}
TEST_F(ExpressionTest, AnAbsentAttributeIsEmptyText) {
  EXPECT_EQ(evaluate("[${nothing}]"), "[]");
}
TEST_F(ExpressionTest, AVariableIsFoundWhereNoAttributeIs) {
  EXPECT_EQ(evaluate("${HOME}/in"), "/home/me/in");
}
TEST_F(ExpressionTest, AQuotedNameMayHaveSpaces) {
  EXPECT_EQ(evaluate("${'my attribute'}"), "spaced");
}
TEST_F(ExpressionTest, ANestedExpressionNamesAnAttribute) {
  EXPECT_EQ(evaluate("${${name}:toUpper()}"), "CUSTOMER_20241023.CSV");
}
TEST_F(ExpressionTest, TwoDollarsBeforeABraceAreAnEscape) {
  EXPECT_EQ(evaluate("$${filename}"), "${filename}");
  EXPECT_EQ(evaluate("$$${fileSize}"), "$1024");
  EXPECT_EQ(evaluate("a$$b"), "a$$b");
}
TEST_F(ExpressionTest, ParametersStandInsideAndOutsideOfExpressions) {
  EXPECT_EQ(evaluate("#{bucket}/${#{bucket}:toUpper()}"), "raw/RAW");
  EXPECT_EQ(evaluate("#{dir}"), "/in/x");
  EXPECT_EQ(evaluate("##{bucket}"), "#{bucket}");
  EXPECT_NE(evaluate("#{absent}").find("no parameter is named 'absent'"), std::string::npos);
}
TEST_F(ExpressionTest, FunctionsChain) {
  EXPECT_EQ(evaluate("${filename:substringBefore('_'):toUpper():append('-1')}"), "CUSTOMER-1");
  EXPECT_EQ(evaluate("${ filename : substringAfterLast( '.' ) }"), "csv");
  EXPECT_EQ(evaluate("${filename:substringBeforeLast('.'):substring(9)}"), "20241023");
  EXPECT_EQ(evaluate("${filename:substring(0, 8):length()}"), "8");
}
TEST_F(ExpressionTest, Truths) {
  EXPECT_EQ(evaluate("${filename:endsWith('.csv'):and(${fileSize:gt(1000)})}"), "true");
  EXPECT_EQ(evaluate("${filename:contains('customer'):not()}"), "false");
  EXPECT_EQ(evaluate("${empty:isEmpty()} ${nothing:isNull()} ${empty:isNull()}"), "true true false");
  EXPECT_EQ(evaluate("${fileSize:equals(1024):ifElse('big', 'small')}"), "big");
  EXPECT_EQ(evaluate("${filename:matches('customer_\\\\d+\\\\.csv')}"), "true");
  EXPECT_EQ(evaluate("${fileSize:in('1', '1024')}"), "true");
}
TEST_F(ExpressionTest, Arithmetic) {
  EXPECT_EQ(evaluate("${fileSize:plus(1):multiply(2):minus(50):divide(3):mod(7)}"), "1");
  EXPECT_EQ(evaluate("${fileSize:divide(0.5)}"), "2048.0");
  EXPECT_NE(evaluate("${fileSize:divide(0)}").find("division by zero"), std::string::npos);
  EXPECT_NE(evaluate("${filename:plus(1)}").find("is not a number"), std::string::npos);
}
TEST_F(ExpressionTest, ReplacingAndPadding) {
  EXPECT_EQ(evaluate("${filename:replace('customer', 'client')}"), "client_20241023.csv");
  EXPECT_EQ(evaluate("${filename:replaceAll('(\\\\d{4})(\\\\d\\\\d)(\\\\d\\\\d)', '$1-$2-$3')}"), "customer_2024-10-23.csv");
  EXPECT_EQ(evaluate("${filename:replaceFirst('[0-9]', 'x')}"), "customer_x0241023.csv");
  EXPECT_EQ(evaluate("${fileSize:padLeft(8, '0')}"), "00001024");
  EXPECT_EQ(evaluate("${nothing:replaceNull('none')}"), "none");
  EXPECT_EQ(evaluate("${list:getDelimitedField(2)}"), "b");
  EXPECT_EQ(evaluate("${'my attribute':prepend('a b&'):urlEncode()}"), "a+b%26spaced");
}
TEST_F(ExpressionTest, DatesAreFormattedAndParsed) {
  EXPECT_EQ(evaluate("${now():format('yyyy-MM-dd HH:mm:ss', 'UTC')}"), "2026-01-01 00:00:00");
  EXPECT_EQ(evaluate("${now():toNumber():plus(86400000):format(\"yyyy/MM/dd'T'HHmmss.SSSZ\", 'GMT')}"),
            "2026/01/02T000000.000+0000");
  EXPECT_EQ(evaluate("${time:toDate('yyyy/MM/dd HH:mm:ss', 'UTC'):toNumber()}"), "1729698346000");
  EXPECT_EQ(evaluate("${time:toDate('yyyy/MM/dd HH:mm:ss', 'America/New_York'):format('EEE d MMM yyyy hh:mm a', 'UTC')}"),
            "Wed 23 Oct 2024 07:45 PM");
}
TEST_F(ExpressionTest, FunctionsOverSeveralAttributes) {
  EXPECT_EQ(evaluate("${allAttributes('filename', 'fileSize'):notNull()}"), "true");
  EXPECT_EQ(evaluate("${anyAttribute('nothing', 'empty'):isEmpty():not()}"), "false");
  EXPECT_EQ(evaluate("${anyMatchingAttribute('file.*'):equals('1024')}"), "true");
  EXPECT_EQ(evaluate("${allDelineatedValues(${list}, ','):matches('[a-c]')}"), "true");
  EXPECT_EQ(evaluate("${allDelineatedValues(${list}, ','):toUpper():join('-')}"), "A-B-C");
}
TEST_F(ExpressionTest, AnUnknownFunctionIsNamedWithItsPosition) {
  EXPECT_EQ(evaluate("x${filename:shout()}"), "error: there is no function 'shout' at position 13 of 'x${filename:shout()}'");
  EXPECT_EQ(evaluate("${whatever()}"),
            "error: there is no function 'whatever' without a subject at position 3 of '${whatever()}'");
}
TEST_F(ExpressionTest, MalformedExpressionsAreErrorsAndNeverText) {
  for (const char* text : {"${", "${filename", "${filename:}", "${filename:toUpper}", "${filename:equals('x}",
                           "${filename:equals(x)}", "${}", "${filename:toUpper('x')}", "${filename:append()}", "#{bucket"}) {
    EXPECT_TRUE(evaluate(text).starts_with("error: ")) << text << " gave " << evaluate(text);
  }
}

} // namespace
} // namespace freshet::flow
