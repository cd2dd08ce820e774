#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rows.h"

namespace freshet::engine {

/// The result column that a scalar function fills, one value per row of its arguments.
class ResultVector {
 public:
  ResultVector(void* native, void* data) : native_(native), data_(data) {}

  /// The raw fixed-width values, to be written in place (the C++ type that TypeId documents).
  template <typename T>
  T* data() {
    return static_cast<T*>(data_);
  }
  void set_null(size_t row);
  void set_text(size_t row, std::string_view text); // varchar and blob

 private:
  void* native_;
  void* data_;
};

/// A function of SQL written in C++, run on whole chunks, from several threads at once.
struct ScalarFunction {
  std::string name;
  std::vector<Type> parameters; // of an overload set: register one ScalarFunction per overload, in one call
  std::optional<Type> variadic; // type of any number of further arguments; TypeId::other takes any type
  Type result;
  bool is_volatile = false; // called again for every row even when its arguments are constants
  bool takes_null = false;  // false: a NULL argument gives NULL without a call for it
  /// An error's text becomes an ErrorKind::invalid_input error of the statement.
  std::function<std::expected<void, std::string>(const Chunk& arguments, ResultVector& result)> body;
};

} // namespace freshet::engine
