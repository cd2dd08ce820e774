#include "wire/client_sessions.h"

#include <algorithm>

#include "base/random.h"

namespace freshet::wire {

std::optional<Tokens> ClientSessions::add(std::shared_ptr<ClientSession> session) {
  std::lock_guard lock(mutex_);
  if (entries_.size() >= limits_.sessions_max) return std::nullopt;
  auto& entry = entries_[session->id];
  entry.session = std::move(session);
  return issue(entry);
}

Tokens ClientSessions::issue(Entry& entry) {
  const auto now = clock_.now();
  Tokens tokens{random_secret_hex(32), random_secret_hex(32)};
  entry.last_heard = now;
  entry.session_tokens.push_back({tokens.session, now + limits_.session_validity});
  entry.master_tokens.push_back({tokens.master, {}});
  tokens_[tokens.session] = {entry.session->id, false};
  tokens_[tokens.master] = {entry.session->id, true};
  forget_surplus(entry.session_tokens);
  forget_surplus(entry.master_tokens);
  return tokens;
}

void ClientSessions::forget_surplus(std::deque<Token>& tokens) {
  while (tokens.size() > k_tokens_kept) {
    tokens_.erase(tokens.front().text);
    tokens.pop_front();
  }
}

ClientSessions::Found ClientSessions::find(std::string_view token) {
  std::lock_guard lock(mutex_);
  const auto reference = tokens_.find(std::string(token));
  if (reference == tokens_.end() || reference->second.master) return std::unexpected(Code::token_invalid);
  auto& entry = entries_.at(reference->second.session_id);
  if (master_ended(entry)) return std::unexpected(Code::master_expired);
  const auto known = std::ranges::find(entry.session_tokens, token, &Token::text);
  if (clock_.now() >= known->expires) return std::unexpected(Code::session_expired);
  entry.last_heard = clock_.now();
  return entry.session;
}

ClientSessions::Found ClientSessions::find_by_master(std::string_view token) {
  std::lock_guard lock(mutex_);
  const auto reference = tokens_.find(std::string(token));
  if (reference == tokens_.end() || !reference->second.master) return std::unexpected(Code::token_invalid);
  auto& entry = entries_.at(reference->second.session_id);
  if (master_ended(entry)) return std::unexpected(Code::master_expired);
  entry.last_heard = clock_.now();
  return entry.session;
}

std::shared_ptr<ClientSession> ClientSessions::find_any(std::string_view token) {
  std::lock_guard lock(mutex_);
  const auto reference = tokens_.find(std::string(token));
  return reference == tokens_.end() ? nullptr : entries_.at(reference->second.session_id).session;
}

Result<Tokens, Code> ClientSessions::renew(std::string_view master_token) {
  const auto session = TRY(find_by_master(master_token));
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(session->id);
  if (entry == entries_.end()) return std::unexpected(Code::session_gone);
  return issue(entry->second);
}

void ClientSessions::remove(int64_t session_id) {
  std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(session_id); entry != entries_.end()) erase(entry);
}

void ClientSessions::erase(std::unordered_map<int64_t, Entry>::iterator entry) {
  for (const auto& token : entry->second.session_tokens) tokens_.erase(token.text);
  for (const auto& token : entry->second.master_tokens) tokens_.erase(token.text);
  entries_.erase(entry);
}

std::vector<std::shared_ptr<ClientSession>> ClientSessions::take_expired() {
  std::vector<std::shared_ptr<ClientSession>> taken;
  std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (master_ended(entry->second)) {
      taken.push_back(entry->second.session);
      erase(entry);
    }
    entry = next;
  }
  return taken;
}

std::vector<std::shared_ptr<ClientSession>> ClientSessions::take_all() {
  std::vector<std::shared_ptr<ClientSession>> taken;
  std::lock_guard lock(mutex_);
  for (auto& [id, entry] : entries_) taken.push_back(std::move(entry.session));
  entries_.clear();
  tokens_.clear();
  return taken;
}

std::vector<std::shared_ptr<ClientSession>> ClientSessions::all() const {
  std::vector<std::shared_ptr<ClientSession>> sessions;
  std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : entries_) sessions.push_back(entry.session);
  return sessions;
}

std::optional<TimePoint> ClientSessions::next_expiry() const {
  std::lock_guard lock(mutex_);
  std::optional<TimePoint> next;
  for (const auto& [id, entry] : entries_) {
    const auto end = entry.last_heard + limits_.master_validity;
    next = next ? std::min(*next, end) : end;
  }
  return next;
}

size_t ClientSessions::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

} // namespace freshet::wire
