#include "generate/customer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "generate/words.h"

namespace freshet::generate {
namespace {

constexpr uint64_t k_max_customers = std::numeric_limits<uint32_t>::max();

/// A small generator (SplitMix64) that costs nothing to start, because each field of each row starts its own.
class Dice {
 public:
  Dice(uint64_t seed, uint64_t id, uint32_t version, uint64_t salt)
      : state_(mixed(mixed(seed ^ salt * 0x9e3779b97f4a7c15) + id * 0xd1342543de82ef95 + version)) {}

  uint64_t below(uint64_t bound) { return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64); }
  std::string_view pick(Words words) { return words[below(words.size())]; }

 private:
  static uint64_t mixed(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
  uint64_t next() { return mixed(state_ += 0x9e3779b97f4a7c15); }

  uint64_t state_;
};

enum Salt : uint64_t { k_change = 1, k_first_name, k_last_name, k_email, k_address, k_repeat };

/// At which version each part of the row was last rolled.
struct Parts {
  uint32_t last_name = 0;
  uint32_t email = 0;
  uint32_t address = 0;
};

Parts parts_at(uint64_t seed, uint64_t id, uint32_t version) {
  Parts parts;
  bool name = false, email = false, address = false;
  for (uint32_t v = version; v > 0 && !(name && email && address); --v) {
    const auto kind = Dice(seed, id, v, k_change).below(100);
    if (kind < 60) {
      if (!std::exchange(address, true)) parts.address = v;
    } else if (kind < 90) {
      if (!std::exchange(email, true)) parts.email = v;
    } else {
      if (!std::exchange(name, true)) parts.last_name = v;
    }
  }
  return parts;
}

constexpr bool is_prime(size_t number) {
  for (size_t divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) return false;
  }
  return number > 1;
}

/// Walks a prime number of names with a step of the customer's own: it comes back to a name after as many versions as there are names.
std::string_view last_name_at(uint64_t seed, uint64_t id, uint32_t version) {
  static const auto words = [] {
    auto all = last_names();
    while (!is_prime(all.size())) all = all.first(all.size() - 1);
    return all;
  }();
  const auto start = Dice(seed, id, 0, k_last_name).below(words.size());
  const auto step = 1 + Dice(seed, id, 0, k_repeat).below(words.size() - 1);
  return words[(start + step * version) % words.size()];
}

void append_digits(std::string& out, Dice& dice, int count) {
  for (int i = 0; i < count; ++i) out += static_cast<char>('0' + dice.below(10));
}

void append_number(std::string& out, uint64_t number) {
  fmt::format_to(std::back_inserter(out), "{}", number);
}

void append_lower(std::string& out, std::string_view word) {
  for (char c : word) out += static_cast<char>(c | 0x20); // our names are letters only
}

void append_email(std::string& out, uint64_t seed, uint64_t id, uint32_t version, std::string_view first,
                  std::string_view last) {
  constexpr std::string_view k_domains[] = {"@example.com", "@example.net", "@example.org"};
  Dice dice(seed, id, version, k_email);
  switch (dice.below(5)) {
    case 0:
      append_lower(out, first.substr(0, 1)), append_lower(out, last);
      break;
    case 1:
      append_lower(out, last), append_lower(out, first);
      break;
    case 2:
      append_lower(out, first), out += '.', append_lower(out, last);
      break;
    case 3:
      append_lower(out, first), append_digits(out, dice, 2);
      break;
    default:
      append_lower(out, dice.pick(last_names())), append_lower(out, first);
      break;
  }
  if (version > 0) append_number(out, version); // so that a new address is never the old one
  out += dice.pick(k_domains);
}

enum class Quoting { none, comma, line_break };

void append_street(std::string& out, Dice& dice, Quoting quoting) {
  append_digits(out, dice, 3 + static_cast<int>(dice.below(3)));
  out += ' ';
  out += dice.below(2) == 0 ? dice.pick(first_names()) : dice.pick(last_names());
  out += ' ';
  out += dice.pick(street_suffixes());
  const auto secondary = quoting == Quoting::none ? dice.below(4) : 2 + dice.below(2);
  if (secondary < 2) return;
  out += quoting == Quoting::comma ? ", " : quoting == Quoting::line_break ? "\n" : " ";
  out += secondary == 2 ? "Apt. " : "Suite ";
  append_digits(out, dice, 3);
}

void append_city(std::string& out, Dice& dice) {
  const auto form = dice.below(4);
  if (form < 2) {
    out += dice.pick(city_prefixes());
    out += ' ';
  }
  out += form % 2 == 0 ? dice.pick(first_names()) : dice.pick(last_names());
  if (form != 0) out += dice.pick(city_suffixes());
}

void append_plain(std::string& out, uint64_t seed, uint64_t id, uint32_t version) {
  const auto parts = parts_at(seed, id, version);
  Dice name(seed, id, 0, k_first_name);
  const auto first = name.pick(first_names());
  const auto last = last_name_at(seed, id, parts.last_name);
  append_number(out, id);
  out += ',';
  out += first;
  out += ',';
  out += last;
  out += ',';
  append_email(out, seed, id, parts.email, first, last_name_at(seed, id, 0));
  out += ',';
  Dice address(seed, id, parts.address, k_address);
  append_street(out, address, Quoting::none);
  out += ',';
  append_city(out, address);
  out += ',';
  out += address.pick(states());
  out += ',';
  out += address.pick(countries());
  out += '\n';
}

void append_quoted(std::string& out, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

/// As append_plain, but about a third of the rows have a field that needs quotes.
void append_awkward(std::string& out, uint64_t seed, uint64_t id, uint32_t version) {
  const auto parts = parts_at(seed, id, version);
  Dice name(seed, id, 0, k_first_name);
  const auto first = name.pick(first_names());
  const auto last = last_name_at(seed, id, parts.last_name);
  std::string field;
  append_number(out, id);
  out += ',';
  append_quoted(out, name.below(10) == 0 ? fmt::format("{} \"{}\"", first, name.pick(nicknames())) : std::string(first));
  out += ',';
  append_quoted(out, name.below(10) == 0 ? fmt::format("{}, {}", last, name.pick(name_suffixes())) : std::string(last));
  out += ',';
  append_email(out, seed, id, parts.email, first, last_name_at(seed, id, 0));
  out += ',';
  Dice address(seed, id, parts.address, k_address);
  const auto kind = address.below(10);
  append_street(field, address, kind == 0 ? Quoting::comma : kind == 1 ? Quoting::line_break : Quoting::none);
  append_quoted(out, field);
  out += ',';
  append_city(out, address);
  out += ',';
  out += address.pick(states());
  out += ',';
  append_quoted(out, address.pick(address.below(20) == 0 ? countries_with_commas() : countries()));
  out += '\n';
}

uint64_t share(double percent, uint64_t rows) {
  return static_cast<uint64_t>(percent * static_cast<double>(rows) / 100 + 0.5);
}

} // namespace

Result<void> CustomerOptions::check() const {
  for (const auto& [name, value] : {std::pair{"update", update_percent}, {"new", new_percent}, {"delete", delete_percent}}) {
    if (!(value >= 0 && value <= 100)) {
      return fail(ErrorKind::invalid_argument, fmt::format("the {} percentage is {}; it must be from 0 to 100", name, value));
    }
  }
  if (rows > k_max_customers) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("{} rows are too many; at most {} customers fit", rows, k_max_customers));
  }
  return {};
}

void append_customer(std::string& out, uint64_t seed, uint64_t id, uint32_t version, bool quotes) {
  quotes ? append_awkward(out, seed, id, version) : append_plain(out, seed, id, version);
}

/// Decides the size of the batch and moves its changed and ended customers, chosen at random, to the front of living_.
BatchCounts CustomerBatches::begin() {
  if (std::exchange(first_, false)) return {.added = options_.rows};
  BatchCounts counts;
  counts.added = std::min(share(options_.new_percent, options_.rows), k_max_customers - next_number_);
  counts.changed = std::min<uint64_t>(share(options_.update_percent, options_.rows), living_.size());
  counts.deleted = std::min<uint64_t>(share(options_.delete_percent, options_.rows), living_.size() - counts.changed);
  for (uint64_t i = 0; i < counts.changed + counts.deleted; ++i) {
    std::swap(living_[i], living_[i + random_.below(living_.size() - i)]);
  }
  return counts;
}

void CustomerBatches::append_row(std::string& out, uint64_t index, const BatchCounts& counts) {
  if (index < counts.changed) {
    auto& customer = living_[index];
    append_customer(out, options_.seed, options_.first_id + customer.number, ++customer.version, options_.quotes);
  } else if (index < counts.changed + counts.deleted) {
    append_number(out, options_.first_id + living_[index].number);
    out += ",,,,,,,\n";
  } else {
    living_.push_back({next_number_++, 0});
    append_customer(out, options_.seed, options_.first_id + living_.back().number, 0, options_.quotes);
  }
}

void CustomerBatches::end(const BatchCounts& counts) {
  for (uint64_t i = counts.changed + counts.deleted; i-- > counts.changed;) {
    living_[i] = living_.back();
    living_.pop_back();
  }
}

} // namespace freshet::generate
