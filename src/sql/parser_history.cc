// CREATE HISTORY TABLE.
#include "sql/syntax_parser.h"

namespace freshet::sql {

Statement::Node SyntaxParser::create_history_table(CreateOptions options) {
  CreateHistoryTable result;
  result.options = options;
  result.name = qualified_name();
  expect("FROM");
  result.source = qualified_name();
  auto written = [this](std::string& text) {
    size_t first = position_;
    Box<Expression> value{expression()};
    if (!failed()) text = text_from(first);
    return value;
  };
  using Track = CreateHistoryTable::Track;
  while (!failed()) {
    if (result.keys.empty() && accept("KEYS")) {
      result.keys = identifier_list();
    } else if (!result.sequence_by && accept_words({"SEQUENCE", "BY"})) {
      result.sequence_by = written(result.sequence_text);
    } else if (!result.delete_when && accept_words({"DELETE", "WHEN"})) {
      result.delete_when = written(result.delete_text);
    } else if (result.track == Track::by_default && accept_words({"TRACK", "ALL"})) {
      result.track = Track::all_except;
      if (accept("EXCEPT")) result.track_columns = identifier_list();
    } else if (result.track == Track::by_default && accept("TRACK")) {
      result.track = Track::only;
      result.track_columns = identifier_list();
    } else if (at_kind(TokenKind::word) && is_at(peek(1), "=")) {
      auto list = properties({"KEYS", "SEQUENCE", "TRACK", "DELETE"});
      std::move(list.begin(), list.end(), std::back_inserter(result.properties));
    } else {
      break;
    }
  }
  if (!failed() && result.keys.empty()) expect("KEYS");
  return result;
}

} // namespace freshet::sql
