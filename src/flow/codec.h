#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace freshet::flow {

/// The flow's stored records: little-endian numbers and length-prefixed text, one after the other.
class Encoder {
 public:
  Encoder& number(uint64_t value) {
    for (int byte = 0; byte < 8; ++byte) bytes_ += static_cast<char>(value >> (8 * byte));
    return *this;
  }
  Encoder& text(std::string_view value) {
    number(value.size());
    bytes_ += value;
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what Encoder wrote. After a read beyond the end every value is empty and `complete` is false.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  uint64_t number() {
    if (bytes_.size() < 8) return broken(), 0;
    uint64_t value = 0;
    for (int byte = 0; byte < 8; ++byte)
      value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes_[static_cast<size_t>(byte)])) << (8 * byte);
    bytes_.remove_prefix(8);
    return value;
  }
  std::string text() {
    const uint64_t size = number();
    if (size > bytes_.size()) return broken(), std::string{};
    std::string value(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return value;
  }
  bool complete() const { return !broken_ && bytes_.empty(); }
  bool failed() const { return broken_; }

 private:
  void broken() {
    broken_ = true;
    bytes_ = {};
  }
  std::string_view bytes_;
  bool broken_ = false;
};

} // namespace freshet::flow
