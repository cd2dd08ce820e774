#include "flow/bulletin_board.h"

#include "base/log.h"

namespace freshet::flow {

void BulletinBoard::add(Bulletin bulletin) {
  switch (bulletin.level) {
    case Bulletin::Level::info:
      log::info("flow", "{}: {}", bulletin.component_name, bulletin.message);
      break;
    case Bulletin::Level::warning:
      log::warn("flow", "{}: {}", bulletin.component_name, bulletin.message);
      break;
    case Bulletin::Level::error:
      log::error("flow", "{}: {}", bulletin.component_name, bulletin.message);
      break;
  }
  const std::lock_guard lock(mutex_);
  bulletins_.push_back(std::move(bulletin));
  if (bulletins_.size() > k_kept_max) bulletins_.pop_front();
}

std::vector<Bulletin> BulletinBoard::newest(size_t limit) const {
  const std::lock_guard lock(mutex_);
  const size_t count = std::min(limit, bulletins_.size());
  return {bulletins_.rbegin(), bulletins_.rbegin() + static_cast<std::ptrdiff_t>(count)};
}

} // namespace freshet::flow
