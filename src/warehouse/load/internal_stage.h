#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "objects/object_store.h"
#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

/// Where the files of internal stages lie: one bucket of the embedded store, which clients of S3 do not see. Its keys begin
/// with what the stage belongs to, by id, so that renaming moves nothing and a replaced stage starts empty.
inline constexpr std::string_view k_internal_bucket = "freshet-internal-stages";

std::string named_stage_folder(ObjectId stage); // "stages/17/"
std::string table_stage_folder(ObjectId table);
std::string user_stage_folder(std::string_view user);

/// Makes the bucket when there is none.
Result<void> create_internal_bucket(objects::ObjectStore& store);

/// Deletes the files of stages and tables that are gone for good, as `exists` tells. Cost: one listing, plus what is deleted.
Result<void> sweep_internal_stages(objects::ObjectStore& store, const std::function<bool(ObjectId)>& exists);

} // namespace freshet::warehouse
