#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "flow/content_repository.h"

namespace freshet::flow {

using Attributes = std::map<std::string, std::string, std::less<>>;

/// One piece of data on its way: attributes and a claim on content. A value; the same content may be claimed by several.
struct FlowFile {
  uint64_t id = 0;       // rises with creation, never used twice
  Attributes attributes; // always with "uuid" and "filename"
  ContentClaim content;
  TimePoint entry_date;
  TimePoint lineage_start;
  TimePoint penalty_until; // not handed out before
  uint32_t retries = 0;    // of the processor it waits for

  uint64_t size() const { return content.size; }
  std::string attribute_or(std::string_view name, std::string otherwise) const {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::move(otherwise) : found->second;
  }
  const std::string& uuid() const { return attributes.find("uuid")->second; }

  /// What an expression finds under `name`: an attribute, or one of the properties NiFi computes (fileSize, entryDate,
  /// lineageStartDate, flowFileId).
  std::optional<std::string> lookup(std::string_view name) const;
};

using FlowFilePointer = std::shared_ptr<const FlowFile>;

} // namespace freshet::flow
