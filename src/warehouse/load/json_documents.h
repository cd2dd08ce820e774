#pragma once

#include <cstdint>
#include <string_view>

#include "warehouse/load/json_format.h"

namespace freshet::warehouse {

/// One JSON value of a file, not yet parsed.
struct JsonDocument {
  std::string_view text;
  uint64_t number = 0; // in the file, from 1
  uint64_t line = 1;   // where it starts
  uint64_t character = 1;
  uint64_t byte_offset = 0;
};

/// Finds where the JSON values of a file begin and end: values that follow each other with any white space between them, one
/// value per line, or the elements of one outer array. Counts brackets and quotes and judges nothing else: whether a value is
/// one, the parser tells. A state machine without I/O, fed like CsvReader. Cost: one pass over a value that the fed bytes hold
/// whole.
class JsonDocuments {
 public:
  enum class Step { document, need_more, end };

  explicit JsonDocuments(const JsonFormat& format) : format_(format) {}

  /// `bytes` start at the first byte not yet consumed; `last`: nothing comes after them. They must outlive the calls of `next`.
  void feed(std::string_view bytes, bool last);
  Step next(JsonDocument& document);
  size_t consumed() const { return at_; }

 private:
  void skip_to(size_t at);
  void skip_blanks();
  size_t line_end() const;
  size_t value_end() const;
  size_t nested_end() const;
  static size_t string_end(std::string_view bytes, size_t at);

  const JsonFormat format_;
  std::string_view bytes_;
  bool last_ = false;
  size_t at_ = 0;
  bool started_ = false;
  bool in_array_ = false;
  uint64_t number_ = 0;
  uint64_t line_ = 1;
  uint64_t line_start_ = 0; // byte of the file
  uint64_t offset_ = 0;     // of bytes_ in the file
};

} // namespace freshet::warehouse
