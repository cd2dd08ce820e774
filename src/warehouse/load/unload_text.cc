#include "warehouse/load/unload_text.h"

namespace freshet::warehouse {

CsvWriter::CsvWriter(const CsvFormat& format, const std::vector<sql::SnowflakeType>& columns) : format_(format) {
  using enum sql::TypeKind;
  for (const auto& type : columns)
    enclosed_.push_back(format.enclosed_by && type.kind != number && type.kind != real && type.kind != boolean);
}

void CsvWriter::append_header(std::string& out, const std::vector<std::string>& names) const {
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += format_.field_delimiter;
    if (format_.enclosed_by)
      append_enclosed(out, names[i]);
    else
      append_plain(out, names[i]);
  }
  end_record(out);
}

void CsvWriter::append_field(std::string& out, size_t column, std::optional<std::string_view> value) const {
  if (column > 0) out += format_.field_delimiter;
  if (!value)
    out += format_.null_if.empty() ? std::string_view() : std::string_view(format_.null_if.front());
  else if (enclosed_[column])
    append_enclosed(out, *value);
  else
    append_plain(out, *value);
}

/// The enclosing character inside a field is doubled, or escaped where the format has an escape character.
void CsvWriter::append_enclosed(std::string& out, std::string_view text) const {
  const char quote = *format_.enclosed_by;
  out += quote;
  for (const char c : text) {
    if (c == quote) out += format_.escape.value_or(quote);
    if (format_.escape && c == *format_.escape) out += c;
    out += c;
  }
  out += quote;
}

void CsvWriter::append_plain(std::string& out, std::string_view text) const {
  const auto escape = format_.unenclosed_escape();
  if (!escape) {
    out += text;
    return;
  }
  const auto is_special = [&](char c) {
    return c == *escape || (!format_.field_delimiter.empty() && c == format_.field_delimiter.front()) || c == '\n' ||
           c == '\r' || (!format_.record_delimiter.empty() && c == format_.record_delimiter.front());
  };
  for (const char c : text) {
    if (is_special(c)) out += *escape;
    out += c;
  }
}

} // namespace freshet::warehouse
