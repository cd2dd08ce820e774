#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "warehouse/load/csv_format.h"

namespace freshet::warehouse {

/// One field of a record. `text` is what stands in the field once enclosure and escapes are gone.
struct CsvField {
  std::string_view text;
  uint32_t offset = 0; // of its first raw byte in the record
  bool enclosed = false;
  bool null = false; // by EMPTY_FIELD_AS_NULL or NULL_IF
};

struct CsvRecord {
  enum class Problem { none, garbage_after_enclosure, unclosed_enclosure, too_long };
  std::string_view raw; // without the record delimiter
  std::vector<CsvField> fields;
  uint64_t number = 0;      // of the record in the file, from 1, headers not counted
  uint64_t line = 0;        // where it starts, from 1
  uint64_t byte_offset = 0; // where it starts in the file
  bool blank = false;
  bool at_end_of_file = false; // nothing follows it
  Problem problem = Problem::none;
  uint32_t problem_field = 0;  // index of the field that has it
  uint32_t problem_offset = 0; // in raw
};

/// What the reader saw that another CSV parser could read differently. All false: every parser agrees on the file.
struct CsvTraits {
  bool escape = false;          // an escape character where it counts
  bool stray_enclosure = false; // an enclosure character inside an unenclosed field
  bool enclosed_line_end = false;
  bool carriage_return = false; // as data
  bool crlf = false;            // records end in \r\n
  bool lf = false;              // records end in \n
  bool blank_record = false; // even a skipped one
  bool zero_byte = false;
  bool trimmed = false;
  bool problem = false;
  bool null_word = false;      // a NULL_IF word other than the empty field
  bool odd_header = false;     // a skipped line that is blank or holds more than plain text
  uint64_t longest_record = 0; // bytes
};

/// Splits delimited text into records exactly as Snowflake's COPY does: a state machine without I/O.
///
/// Use: `feed` the bytes from where `consumed` says, call `next` until it does not answer `record`, keep the rest, feed more.
/// What a record refers to stays valid until the next call. Not thread-safe. Memory: one record. Cost: one pass over the bytes.
class CsvReader {
 public:
  enum class Step { record, need_more, end };
  static constexpr uint64_t k_record_size_max = 16ull << 20; // bytes

  explicit CsvReader(const CsvFormat& format);

  /// `bytes` start at the first byte not yet consumed; `last`: nothing comes after them. They must outlive the calls of `next`.
  void feed(std::string_view bytes, bool last);
  Step next(CsvRecord& record);
  size_t consumed() const { return static_cast<size_t>(at_ - begin_); }

  const CsvTraits& traits() const { return traits_; }

 private:
  enum Class : uint8_t { k_plain = 0, k_field_end, k_record_end, k_carriage_return, k_escape, k_enclosure, k_zero };
  enum class Ending { field, record, file, starved, problem };
  struct Piece { // a finished field; its text stands in the input or in scratch_
    const char* data = nullptr;
    size_t scratch = 0;
    size_t size = 0;
    bool in_scratch = false;
  };

  bool skip_headers();
  void inspect_header(std::string_view line);
  Step parse(CsvRecord& record);
  Ending parse_field(const char*& p, CsvRecord& record, Piece& piece);
  Ending parse_unenclosed(const char*& p, CsvField& field, Piece& piece);
  Ending parse_enclosed(const char*& p, CsvRecord& record, CsvField& field, Piece& piece);
  Ending after_enclosure(const char*& p, CsvRecord& record);
  bool append_escaped(const char*& p);
  Ending ending_at(const char*& p);
  Ending find_record_end(const char*& p);
  void decide_null(CsvField& field, std::string_view raw);
  void finish(CsvRecord& record, const char* start, const char* stop);

  const CsvFormat format_;
  std::array<uint8_t, 256> classes_{};
  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  const char* record_stop_ = nullptr; // where the record's content ends
  bool last_ = false;
  bool started_ = false;
  bool newline_mode_ = true;
  uint64_t headers_left_ = 0;
  uint64_t line_ = 1;
  uint64_t number_ = 0;
  uint64_t offset_ = 0; // in the file, of at_
  std::string scratch_;
  std::vector<Piece> pieces_;
  CsvTraits traits_;
};

/// The line and character, both from 1, of byte `offset` in a record that starts at `line`. Characters are Unicode's, not
/// bytes.
struct CsvPosition {
  uint64_t line = 1;
  uint64_t character = 1;
};
CsvPosition position_in(std::string_view raw, uint64_t line, size_t offset);

} // namespace freshet::warehouse
