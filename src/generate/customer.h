#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace freshet::generate {

struct CustomerOptions {
  uint64_t rows = 10'000;     // new customers in the first batch; what the percentages of later batches refer to
  double update_percent = 40; // of `rows`: existing customers that come again, changed
  double new_percent = 5;     // of `rows`: customers that were not there before
  double delete_percent = 0;  // of `rows`: customers that end, as a row with their id and seven empty fields
  uint64_t seed = 1;
  uint64_t first_id = 0;
  bool quotes = false; // some fields contain quotes, commas and line breaks (and are quoted as RFC 4180 says)

  Result<void> check() const;
};

struct BatchCounts {
  uint64_t added = 0;
  uint64_t changed = 0;
  uint64_t deleted = 0;

  uint64_t rows() const { return added + changed + deleted; }
};

/// The CSV header of every file.
inline constexpr std::string_view k_customer_header = "customer_id,first_name,last_name,email,street,city,state,country\n";

/// Appends the row of `version` (0 is the first) of customer `id`: a pure function of its arguments. Each version differs from
/// the one before: the customer moved, changed the e-mail address or (rarely) the name.
void append_customer(std::string& out, uint64_t seed, uint64_t id, uint32_t version, bool quotes);

/// A population of customers and the batches by which it changes: the first batch creates it, each later one changes, adds and
/// ends some. A customer occurs at most once in a batch, and never again after its end.
///
/// The same options give the same batches on every platform. Memory: 8 bytes per living customer; at most 2^32 customers.
/// Not thread-safe.
class CustomerBatches {
 public:
  explicit CustomerBatches(const CustomerOptions& options) : options_(options), random_(options.seed) {}

  /// Passes the next batch, header included, to `sink` in pieces of about a megabyte; ends early with the sink's error.
  template <typename Sink>
  Result<BatchCounts> next(Sink&& sink) {
    std::string buffer;
    buffer.reserve(k_piece + 4096);
    buffer += k_customer_header;
    auto counts = begin();
    for (uint64_t i = 0; i < counts.rows(); ++i) {
      append_row(buffer, i, counts);
      if (buffer.size() < k_piece) continue;
      TRY(sink(std::string_view(buffer)));
      buffer.clear();
    }
    TRY(sink(std::string_view(buffer)));
    end(counts);
    return counts;
  }

  uint64_t living() const { return living_.size(); }

 private:
  static constexpr size_t k_piece = 1 << 20;

  struct Customer {
    uint32_t number; // id - first_id
    uint32_t version;
  };

  BatchCounts begin();
  void append_row(std::string& out, uint64_t index, const BatchCounts& counts);
  void end(const BatchCounts& counts);

  CustomerOptions options_;
  Random random_;
  std::vector<Customer> living_; // in an order that the choice of customers permutes
  uint32_t next_number_ = 0;
  bool first_ = true;
};

} // namespace freshet::generate
