#include "warehouse/load/csv_reader.h"

#include <algorithm>
#include <cstring>

namespace freshet::warehouse {

namespace {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

} // namespace

CsvReader::CsvReader(const CsvFormat& format) : format_(format), headers_left_(format.skip_header) {
  newline_mode_ = format_.record_delimiter == "\n" || format_.record_delimiter == "\r\n";
  const auto mark = [&](char c, Class what) { classes_[static_cast<unsigned char>(c)] = what; };
  mark('\0', k_zero);
  if (newline_mode_) mark('\r', k_carriage_return);
  if (format_.enclosed_by) mark(*format_.enclosed_by, k_enclosure);
  if (const auto escape = format_.unenclosed_escape()) mark(*escape, k_escape);
  if (newline_mode_)
    mark('\n', k_record_end);
  else if (!format_.record_delimiter.empty())
    mark(format_.record_delimiter.front(), k_record_end);
  if (!format_.field_delimiter.empty()) mark(format_.field_delimiter.front(), k_field_end);
}

void CsvReader::feed(std::string_view bytes, bool last) {
  begin_ = at_ = bytes.data();
  end_ = bytes.data() + bytes.size();
  last_ = last;
}

CsvReader::Step CsvReader::next(CsvRecord& record) {
  if (!started_ || headers_left_ > 0) {
    if (!skip_headers()) return Step::need_more;
  }
  while (true) {
    if (at_ == end_) return last_ ? Step::end : Step::need_more;
    const auto step = parse(record);
    if (step != Step::record) return step;
    if (record.blank) traits_.blank_record = true;
    if (record.blank && format_.skip_blank_lines) continue;
    record.number = ++number_;
    if (record.problem != CsvRecord::Problem::none) traits_.problem = true;
    traits_.longest_record = std::max<uint64_t>(traits_.longest_record, record.raw.size());
    return Step::record;
  }
}

/// Header lines end at line feeds, whatever the record delimiter is: so does Snowflake count them.
bool CsvReader::skip_headers() {
  const auto advance = [&](size_t count) {
    at_ += count;
    offset_ += count;
  };
  if (!started_) {
    static constexpr std::string_view k_mark = "\xEF\xBB\xBF";
    const auto available = static_cast<size_t>(end_ - at_);
    if (available < k_mark.size() && !last_) return false;
    if (format_.skip_byte_order_mark && std::string_view(at_, available).starts_with(k_mark)) advance(k_mark.size());
    started_ = true;
  }
  while (headers_left_ > 0) {
    const auto* line_end = static_cast<const char*>(std::memchr(at_, '\n', static_cast<size_t>(end_ - at_)));
    if (line_end == nullptr) {
      if (!last_) return false;
      advance(static_cast<size_t>(end_ - at_));
      headers_left_ = 0;
      return true;
    }
    inspect_header({at_, static_cast<size_t>(line_end - at_)});
    advance(static_cast<size_t>(line_end + 1 - at_));
    ++line_;
    --headers_left_;
  }
  return true;
}

void CsvReader::inspect_header(std::string_view line) {
  const bool crlf = line.ends_with('\r');
  (crlf ? traits_.crlf : traits_.lf) = true;
  if (crlf) line.remove_suffix(1);
  const auto odd = [&](char c) {
    const auto kind = classes_[static_cast<unsigned char>(c)];
    return kind != k_plain && kind != k_field_end;
  };
  if (line.empty() || std::ranges::any_of(line, odd)) traits_.odd_header = true;
}

CsvReader::Step CsvReader::parse(CsvRecord& record) {
  const char* p = at_;
  const char* start = at_;
  record.fields.clear();
  record.problem = CsvRecord::Problem::none;
  pieces_.clear();
  scratch_.clear();
  Ending ending = Ending::field;
  while (ending == Ending::field) {
    Piece piece;
    ending = parse_field(p, record, piece);
    if (ending == Ending::problem) ending = find_record_end(p);
    if (ending == Ending::starved) {
      if (end_ - start <= static_cast<ptrdiff_t>(k_record_size_max)) return Step::need_more;
      record.problem = CsvRecord::Problem::too_long;
      record.problem_field = static_cast<uint32_t>(pieces_.size());
      p = record_stop_ = end_;
      pieces_.push_back(piece);
      break;
    }
    pieces_.push_back(piece);
  }
  for (size_t i = 0; i < pieces_.size(); ++i) {
    auto& field = record.fields[i];
    const auto& piece = pieces_[i];
    field.text = {piece.in_scratch ? scratch_.data() + piece.scratch : piece.data, piece.size};
    const auto next_start = i + 1 < pieces_.size() ? record.fields[i + 1].offset - format_.field_delimiter.size()
                                                   : static_cast<size_t>(record_stop_ - start);
    decide_null(field, {start + field.offset, next_start - std::min<size_t>(next_start, field.offset)});
  }
  finish(record, start, p);
  return Step::record;
}

void CsvReader::finish(CsvRecord& record, const char* start, const char* stop) {
  record.raw = {start, static_cast<size_t>(record_stop_ - start)};
  record.line = line_;
  record.byte_offset = offset_;
  record.blank = record.raw.empty();
  record.at_end_of_file = last_ && stop == end_;
  const auto used = static_cast<size_t>(stop - start);
  if (newline_mode_ && !traits_.enclosed_line_end && !traits_.escape && record.problem == CsvRecord::Problem::none) {
    line_ += used > record.raw.size() ? 1 : 0;
  } else {
    line_ += static_cast<uint64_t>(std::count(start, stop, '\n'));
  }
  at_ = stop;
  offset_ += used;
}

CsvReader::Ending CsvReader::parse_field(const char*& p, CsvRecord& record, Piece& piece) {
  auto& field = record.fields.emplace_back();
  field.offset = static_cast<uint32_t>(p - at_);
  if (format_.enclosed_by) {
    const char* q = p;
    if (format_.trim_space) {
      while (q < end_ && is_blank(*q) && classes_[static_cast<unsigned char>(*q)] == k_plain) ++q;
    }
    if (q == end_ && !last_) return Ending::starved;
    if (q < end_ && *q == *format_.enclosed_by) {
      if (q != p) traits_.trimmed = true;
      p = q + 1;
      return parse_enclosed(p, record, field, piece);
    }
  }
  return parse_unenclosed(p, field, piece);
}

/// At a byte that may end a field or a record: which it does, with `p` moved past it; or Ending::problem for "neither, it is
/// data".
CsvReader::Ending CsvReader::ending_at(const char*& p) {
  const auto available = static_cast<size_t>(end_ - p);
  const auto matches = [&](const std::string& delimiter) { return std::memcmp(p, delimiter.data(), delimiter.size()) == 0; };
  const auto could_match = [&](const std::string& delimiter) { return std::memcmp(p, delimiter.data(), available) == 0; };
  switch (classes_[static_cast<unsigned char>(*p)]) {
    case k_field_end:
      if (available < format_.field_delimiter.size())
        return could_match(format_.field_delimiter) && !last_ ? Ending::starved : Ending::problem;
      if (!matches(format_.field_delimiter)) return Ending::problem;
      record_stop_ = p;
      p += format_.field_delimiter.size();
      return Ending::field;
    case k_carriage_return:
      if (available == 1) return last_ ? Ending::problem : Ending::starved;
      if (p[1] != '\n') return Ending::problem;
      record_stop_ = p;
      p += 2;
      traits_.crlf = true;
      return Ending::record;
    case k_record_end:
      record_stop_ = p;
      if (newline_mode_) {
        traits_.lf = true;
        ++p;
        return Ending::record;
      }
      if (available < format_.record_delimiter.size())
        return could_match(format_.record_delimiter) && !last_ ? Ending::starved : Ending::problem;
      if (!matches(format_.record_delimiter)) return Ending::problem;
      p += format_.record_delimiter.size();
      return Ending::record;
    default:
      return Ending::problem;
  }
}

/// `p` stands after an escape character: appends what the sequence means. False when the bytes ran out.
bool CsvReader::append_escaped(const char*& p) {
  if (p == end_) {
    if (!last_) return false;
    scratch_.push_back(format_.escape.value_or('\\'));
    return true;
  }
  switch (const char c = *p++) {
    case 'n':
      scratch_.push_back('\n');
      break;
    case 't':
      scratch_.push_back('\t');
      break;
    case 'r':
      scratch_.push_back('\r');
      break;
    case 'b':
      scratch_.push_back('\b');
      break;
    case 'f':
      scratch_.push_back('\f');
      break;
    case '0':
      scratch_.push_back('\0');
      break;
    default:
      scratch_.push_back(c);
  }
  return true;
}

CsvReader::Ending CsvReader::parse_unenclosed(const char*& p, CsvField& field, Piece& piece) {
  const char* from = p; // not yet copied
  piece.scratch = scratch_.size();
  Ending ending = Ending::problem;
  while (ending == Ending::problem) {
    while (p < end_ && classes_[static_cast<unsigned char>(*p)] == k_plain) ++p;
    if (p == end_) {
      if (!last_) return Ending::starved;
      record_stop_ = p;
      ending = Ending::file;
      break;
    }
    const auto kind = classes_[static_cast<unsigned char>(*p)];
    if (kind == k_field_end || kind == k_record_end || kind == k_carriage_return) {
      const char* q = p;
      ending = ending_at(q);
      if (ending == Ending::starved) return ending;
      if (ending != Ending::problem) {
        record_stop_ = p;
        scratch_.append(piece.in_scratch ? from : p, piece.in_scratch ? static_cast<size_t>(p - from) : 0);
        if (!piece.in_scratch) piece.size = static_cast<size_t>(p - from);
        p = q;
        break;
      }
      if (kind == k_carriage_return) traits_.carriage_return = true;
      ++p;
    } else if (kind == k_escape) {
      traits_.escape = true;
      scratch_.append(from, static_cast<size_t>(p - from));
      piece.in_scratch = true;
      ++p;
      if (!append_escaped(p)) return Ending::starved;
      from = p;
    } else {
      (kind == k_zero ? traits_.zero_byte : traits_.stray_enclosure) = true;
      ++p;
    }
  }
  if (ending == Ending::file) {
    if (piece.in_scratch)
      scratch_.append(from, static_cast<size_t>(p - from));
    else
      piece.size = static_cast<size_t>(p - from);
  }
  if (piece.in_scratch)
    piece.size = scratch_.size() - piece.scratch;
  else
    piece.data = from;
  if (format_.trim_space) {
    const char* text = piece.in_scratch ? scratch_.data() + piece.scratch : piece.data;
    size_t left = 0, right = piece.size;
    while (left < right && is_blank(text[left])) ++left;
    while (right > left && is_blank(text[right - 1])) --right;
    if (right - left != piece.size) traits_.trimmed = true;
    piece.scratch += left;
    if (!piece.in_scratch) piece.data += left;
    piece.size = right - left;
  }
  (void)field;
  return ending;
}

CsvReader::Ending CsvReader::parse_enclosed(const char*& p, CsvRecord& record, CsvField& field, Piece& piece) {
  const char enclosure = *format_.enclosed_by;
  const char* opened = p - 1;
  const char* from = p;
  field.enclosed = true;
  piece.scratch = scratch_.size();
  const auto spill = [&] {
    scratch_.append(from, static_cast<size_t>(p - from));
    piece.in_scratch = true;
  };
  while (true) {
    while (p < end_ && *p != enclosure && *p != '\n' && *p != '\0' && (!format_.escape || *p != *format_.escape)) ++p;
    if (p == end_ || (*p == '\n' && !format_.multi_line)) {
      if (p == end_ && !last_) return Ending::starved;
      record.problem = CsvRecord::Problem::unclosed_enclosure;
      record.problem_field = static_cast<uint32_t>(record.fields.size() - 1);
      record.problem_offset = static_cast<uint32_t>(opened - at_);
      piece.data = from;
      if (piece.in_scratch) piece.size = scratch_.size() - piece.scratch;
      return Ending::problem;
    }
    if (*p == enclosure) {
      if (p + 1 == end_ && !last_) return Ending::starved;
      if (p + 1 < end_ && p[1] == enclosure) {
        ++p;
        spill(); // with one of the two
        from = ++p;
        continue;
      }
      break;
    }
    if (*p == '\n') {
      traits_.enclosed_line_end = true;
      ++p;
    } else if (*p == '\0') {
      traits_.zero_byte = true;
      ++p;
    } else {
      traits_.escape = true;
      spill();
      ++p;
      if (!append_escaped(p)) return Ending::starved;
      from = p;
    }
  }
  if (piece.in_scratch) {
    spill();
    piece.size = scratch_.size() - piece.scratch;
  } else {
    piece.data = from;
    piece.size = static_cast<size_t>(p - from);
  }
  ++p;
  return after_enclosure(p, record);
}

CsvReader::Ending CsvReader::after_enclosure(const char*& p, CsvRecord& record) {
  if (format_.trim_space) {
    const char* q = p;
    while (q < end_ && is_blank(*q) && classes_[static_cast<unsigned char>(*q)] == k_plain) ++q;
    if (q != p) traits_.trimmed = true;
    p = q;
  }
  if (p == end_) {
    if (!last_) return Ending::starved;
    record_stop_ = p;
    return Ending::file;
  }
  const auto ending = ending_at(p);
  if (ending == Ending::problem) {
    record.problem = CsvRecord::Problem::garbage_after_enclosure;
    record.problem_field = static_cast<uint32_t>(record.fields.size() - 1);
    record.problem_offset = static_cast<uint32_t>(p - at_);
  }
  return ending;
}

/// After a problem: goes on behind the next record delimiter.
CsvReader::Ending CsvReader::find_record_end(const char*& p) {
  for (; p < end_; ++p) {
    const auto kind = classes_[static_cast<unsigned char>(*p)];
    if (kind != k_record_end && kind != k_carriage_return) continue;
    const auto ending = ending_at(p);
    if (ending == Ending::record || ending == Ending::starved) return ending;
  }
  if (!last_) return Ending::starved;
  record_stop_ = end_;
  return Ending::file;
}

void CsvReader::decide_null(CsvField& field, std::string_view raw) {
  if (field.text.empty() && !field.enclosed && format_.empty_field_as_null) {
    field.null = true;
    return;
  }
  for (const auto& word : format_.null_if) {
    // The raw text too: NULL_IF's own default is \N, whose backslash ESCAPE_UNENCLOSED_FIELD would take away.
    if (field.text == word || (!field.enclosed && raw == word)) {
      field.null = true;
      traits_.null_word = true;
      return;
    }
  }
}

CsvPosition position_in(std::string_view raw, uint64_t line, size_t offset) {
  CsvPosition position{line, 1};
  for (const char c : raw.substr(0, std::min(offset, raw.size()))) {
    if (c == '\n') {
      ++position.line;
      position.character = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++position.character;
    }
  }
  position.character += offset > raw.size() ? offset - raw.size() : 0;
  return position;
}

} // namespace freshet::warehouse
