#include "warehouse/load/json_documents.h"

namespace freshet::warehouse {

namespace {

constexpr size_t k_unknown = std::string_view::npos; // the end is not among the bytes

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

} // namespace

void JsonDocuments::feed(std::string_view bytes, bool last) {
  offset_ += at_;
  bytes_ = bytes;
  last_ = last;
  at_ = 0;
  constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
  if (started_ || (bytes.size() < k_byte_order_mark.size() && !last)) return;
  started_ = true;
  if (format_.skip_byte_order_mark && bytes.starts_with(k_byte_order_mark)) skip_to(k_byte_order_mark.size());
}

void JsonDocuments::skip_to(size_t at) {
  for (; at_ < at; ++at_) {
    if (bytes_[at_] != '\n') continue;
    ++line_;
    line_start_ = offset_ + at_ + 1;
  }
}

/// Blanks and the commas between documents, and within the outer array those between its elements and its end.
void JsonDocuments::skip_blanks() {
  while (at_ < bytes_.size()) {
    const char c = bytes_[at_];
    if (format_.strip_outer_array && c == (in_array_ ? ']' : '['))
      in_array_ = !in_array_;
    else if (!is_blank(c) && !(c == ',' && (in_array_ || number_ > 0)))
      break;
    skip_to(at_ + 1);
  }
}

JsonDocuments::Step JsonDocuments::next(JsonDocument& document) {
  if (!started_) return Step::need_more;
  skip_blanks();
  if (at_ >= bytes_.size()) return last_ ? Step::end : Step::need_more;
  auto end = format_.multi_line || in_array_ ? value_end() : line_end();
  if (end == k_unknown && !last_) return Step::need_more;
  if (end == k_unknown) end = bytes_.size();
  document.text = bytes_.substr(at_, end - at_);
  document.number = ++number_;
  document.line = line_;
  document.character = offset_ + at_ - line_start_ + 1;
  document.byte_offset = offset_ + at_;
  skip_to(end);
  return Step::document;
}

size_t JsonDocuments::line_end() const {
  return bytes_.find('\n', at_);
}

size_t JsonDocuments::value_end() const {
  const char first = bytes_[at_];
  if (first == '{' || first == '[') return nested_end();
  if (first == '"') return string_end(bytes_, at_);
  for (auto at = at_; at < bytes_.size(); ++at) {
    if (is_blank(bytes_[at]) || (in_array_ && (bytes_[at] == ',' || bytes_[at] == ']'))) return at;
  }
  return k_unknown;
}

size_t JsonDocuments::nested_end() const {
  size_t depth = 0;
  for (auto at = at_; at < bytes_.size();) {
    switch (bytes_[at]) {
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (--depth == 0) return at + 1;
        break;
      case '"':
        at = string_end(bytes_, at);
        if (at == k_unknown) return k_unknown;
        continue;
      default:
        break;
    }
    ++at;
  }
  return k_unknown;
}

/// Just past the closing quote of the string that opens at `at`.
size_t JsonDocuments::string_end(std::string_view bytes, size_t at) {
  while (true) {
    at = bytes.find_first_of("\"\\", at + 1);
    if (at == std::string_view::npos) return k_unknown;
    if (bytes[at] == '"') return at + 1;
    if (++at >= bytes.size()) return k_unknown;
  }
}

} // namespace freshet::warehouse
