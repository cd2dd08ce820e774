#include "warehouse/query_history.h"

#include <algorithm>
#include <cctype>

namespace freshet::warehouse {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

/// The word, bare or in quotes, that ends before `end`, in upper case.
std::string key_before(std::string_view text, size_t end) {
  while (end > 0 && (is_blank(text[end - 1]) || text[end - 1] == '\'' || text[end - 1] == '"')) --end;
  size_t first = end;
  while (first > 0 && (is_word(text[first - 1]) || text[first - 1] == '-')) --first;
  std::string key(text.substr(first, end - first));
  std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return key;
}

bool is_secret(std::string_view key) {
  constexpr std::string_view k_words[] = {"PASSWORD", "SECRET",        "TOKEN",   "PRIVATE_KEY", "MASTER_KEY", "PASSPHRASE",
                                          "API_KEY",  "AUTHORIZATION", "API-KEY", "KEY_ID",      "SIGNATURE",  "CREDENTIALS"};
  return std::ranges::any_of(k_words, [&](std::string_view word) { return key.find(word) != std::string_view::npos; });
}

/// Behind the quotes that open at `open`.
size_t after_quotes(std::string_view text, size_t open) {
  if (text.substr(open, 2) == "$$") {
    const auto close = text.find("$$", open + 2);
    return close == std::string_view::npos ? text.size() : close + 2;
  }
  for (size_t at = open + 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '\'' && text.substr(at, 2) == "''") {
      ++at;
    } else if (text[at] == '\'') {
      return at + 1;
    }
  }
  return text.size();
}

} // namespace

std::string redacted(std::string_view statement) {
  std::string out;
  size_t copied = 0;
  for (size_t at = 0; (at = statement.find('=', at)) != std::string_view::npos;) {
    const size_t sign = at++;
    if (at < statement.size() && statement[at] == '>') ++at;
    while (at < statement.size() && is_blank(statement[at])) ++at;
    const bool quoted = at < statement.size() && (statement[at] == '\'' || statement.substr(at, 2) == "$$");
    if (!quoted || !is_secret(key_before(statement, sign))) continue;
    out += statement.substr(copied, at - copied);
    out += "'****'";
    copied = at = after_quotes(statement, at);
  }
  out += statement.substr(copied);
  return out;
}

void QueryHistory::restore(std::vector<QueryRecord> records) {
  std::lock_guard lock(mutex_);
  records_.assign(std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
}

void QueryHistory::start(QueryRecord record) {
  std::lock_guard lock(mutex_);
  records_.push_back(std::move(record));
  if (records_.size() > capacity_) records_.pop_front();
}

void QueryHistory::finish(QueryRecord record) {
  std::lock_guard lock(mutex_);
  // Statements finish soon after they start: the search from the newest end is short.
  auto found =
      std::find_if(records_.rbegin(), records_.rend(), [&](const auto& other) { return other.query_id == record.query_id; });
  if (found == records_.rend()) return;
  record.committed = found->committed;
  *found = std::move(record);
}

void QueryHistory::committed(const std::vector<std::string>& query_ids, TimePoint time) {
  std::lock_guard lock(mutex_);
  size_t left = query_ids.size(); // they are among the newest
  for (auto record = records_.rbegin(); record != records_.rend() && left > 0; ++record) {
    if (std::ranges::find(query_ids, record->query_id) == query_ids.end()) continue;
    record->committed = time;
    --left;
  }
}

std::optional<QueryRecord> QueryHistory::find(std::string_view query_id) const {
  std::lock_guard lock(mutex_);
  auto found =
      std::find_if(records_.rbegin(), records_.rend(), [&](const auto& record) { return record.query_id == query_id; });
  if (found == records_.rend()) return std::nullopt;
  return *found;
}

std::optional<std::string> QueryHistory::running_of(std::string_view session_id) const {
  std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(records_, [&](const auto& record) {
    return record.status == QueryRecord::Status::running && record.session_id == session_id;
  });
  return found == records_.end() ? std::nullopt : std::optional(found->query_id);
}

std::vector<QueryRecord> QueryHistory::latest(size_t limit) const {
  std::lock_guard lock(mutex_);
  auto count = std::min(limit, records_.size());
  return {records_.end() - static_cast<std::ptrdiff_t>(count), records_.end()};
}

} // namespace freshet::warehouse
