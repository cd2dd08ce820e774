#include "warehouse/external/file_follower.h"

#include <fmt/format.h>

#include "base/log.h"
#include "warehouse/session.h"

namespace freshet::warehouse {

namespace {

constexpr size_t k_messages_per_step = 1000;
constexpr size_t k_messages_per_receive = 10;
constexpr auto k_visibility = std::chrono::minutes{10};
constexpr auto k_retry = std::chrono::seconds{10};

} // namespace

bool FileFollower::wanted(const Object& object) {
  if (const auto* stage = object.as<Stage>())
    return stage->directory_enabled && stage->directory_auto_refresh && !stage->url.empty();
  const auto* table = object.as<Table>();
  return table != nullptr && table->external && table->external->auto_refresh;
}

Result<std::shared_ptr<FileFollower>> FileFollower::open(Warehouse& warehouse, const Object& object, queue::EventQueue& queue) {
  std::shared_ptr<FileFollower> follower(new FileFollower(warehouse, object.id, queue));
  SessionContext context;
  context.role = object.owner;
  follower->session_ = TRY(warehouse.create_session(std::move(context)));
  return follower;
}

SqlResult<void> FileFollower::refresh(const Object& object) {
  const auto name = warehouse_.catalog().full_name(object);
  const auto statement = fmt::format("ALTER {} {} REFRESH", object.as<Stage>() != nullptr ? "STAGE" : "EXTERNAL TABLE", name);
  TRY(session_->execute(statement));
  return {};
}

std::optional<TimePoint> FileFollower::step() {
  busy_ = true;
  const auto done = [&](std::optional<TimePoint> next) {
    busy_ = false;
    return next;
  };
  const auto object = warehouse_.catalog().find(id_);
  if (!object || !wanted(*object)) return done({});
  const auto now = warehouse_.clock().now();
  std::vector<std::string> received;
  while (received.size() < k_messages_per_step) {
    const auto messages = queue_.receive(k_messages_per_receive, k_visibility);
    if (!messages) {
      log::warn("stage", "events of {} cannot be read now: {}", warehouse_.catalog().full_name(*object),
                messages.error().message);
      if (received.empty()) return done(now + k_retry);
      break;
    }
    if (messages->empty()) break;
    for (const auto& message : *messages) received.push_back(message.receipt_handle);
  }
  if (received.empty()) return done(queue_.next_visible().value_or(std::nullopt));
  if (const auto refreshed = refresh(*object); !refreshed) {
    log::warn("stage", "{} is not refreshed: {}", warehouse_.catalog().full_name(*object), refreshed.error().message);
    for (const auto& handle : received) (void)queue_.change_visibility(handle, k_retry);
    return done(now + k_retry);
  }
  if (const auto removed = queue_.remove(received); !removed)
    log::warn("stage", "events of {} will come again: {}", object->name, removed.error().message);
  return done(now); // there may be more
}

} // namespace freshet::warehouse
