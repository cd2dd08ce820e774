#include "warehouse/load/internal_stage.h"

#include <fmt/format.h>

#include <charconv>

namespace freshet::warehouse {

namespace {

constexpr std::string_view k_folders_by_id[] = {"stages/", "tables/"};

Result<void> remove_all(objects::ObjectStore& store, const std::string& bucket, const std::string& prefix) {
  objects::ListRequest request;
  request.prefix = prefix;
  while (true) {
    const auto listing = TRY(store.list(bucket, request));
    for (const auto& object : listing.objects) TRY(store.remove(bucket, object.key));
    if (!listing.truncated) return {};
    request.start_after = listing.next_start_after;
  }
}

ObjectId id_in(std::string_view folder, size_t after) {
  ObjectId id = 0;
  std::from_chars(folder.data() + after, folder.data() + folder.size(), id);
  return id;
}

} // namespace

std::string named_stage_folder(ObjectId stage) {
  return fmt::format("{}{}/", k_folders_by_id[0], stage);
}
std::string table_stage_folder(ObjectId table) {
  return fmt::format("{}{}/", k_folders_by_id[1], table);
}
std::string user_stage_folder(std::string_view user) {
  return fmt::format("users/{}/", user);
}

Result<void> create_internal_bucket(objects::ObjectStore& store) {
  const std::string bucket(k_internal_bucket);
  return TRY(store.bucket_exists(bucket)) ? Result<void>() : store.create_bucket(bucket);
}

Result<void> sweep_internal_stages(objects::ObjectStore& store, const std::function<bool(ObjectId)>& exists) {
  const std::string bucket(k_internal_bucket);
  for (const auto folder : k_folders_by_id) {
    objects::ListRequest request;
    request.prefix = folder;
    request.delimiter = "/";
    for (bool more = true; more;) {
      const auto listing = TRY(store.list(bucket, request));
      for (const auto& stage : listing.common_prefixes) {
        if (!exists(id_in(stage, folder.size()))) TRY(remove_all(store, bucket, stage));
      }
      more = listing.truncated;
      request.start_after = listing.next_start_after;
    }
  }
  return {};
}

} // namespace freshet::warehouse
