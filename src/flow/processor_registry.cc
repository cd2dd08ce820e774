#include "flow/processor_registry.h"

#include <algorithm>
#include <map>

#include "flow/processors/fetch_file.h"
#include "flow/processors/generate_flow_file.h"
#include "flow/processors/list_file.h"
#include "flow/processors/log_attribute.h"
#include "flow/processors/put_file.h"
#include "flow/processors/put_s3_object.h"
#include "flow/processors/route_on_attribute.h"
#include "flow/processors/update_attribute.h"

namespace freshet::flow {
namespace {

class PassThrough final : public Processor {
 public:
  const ProcessorDescription& description() const override {
    static const ProcessorDescription k_description = {
        .type = "PassThrough", .properties = {}, .relationships = {""}, .input = ProcessorDescription::Input::allowed};
    return k_description;
  }
  Result<void> on_trigger(ProcessContext&, ProcessSession& session) override {
    for (FlowFile* const flow_file : session.get(1000)) session.transfer(*flow_file, "");
    return session.commit();
  }
};

using Maker = std::unique_ptr<Processor> (*)();

template <typename Type>
std::unique_ptr<Processor> make() {
  return std::make_unique<Type>();
}

const std::map<std::string, Maker, std::less<>>& makers() {
  static const std::map<std::string, Maker, std::less<>> k_makers = [] {
    std::map<std::string, Maker, std::less<>> result;
    for (const Maker maker : {make<ListFile>, make<FetchFile>, make<PutS3Object>, make<PutFile>, make<UpdateAttribute>,
                              make<RouteOnAttribute>, make<LogAttribute>, make<GenerateFlowFile>}) {
      result[maker()->description().type] = maker;
    }
    return result;
  }();
  return k_makers;
}

} // namespace

std::unique_ptr<Processor> make_processor(std::string_view type) {
  const auto found = makers().find(type);
  return found == makers().end() ? nullptr : found->second();
}

std::vector<std::string> processor_types() {
  std::vector<std::string> types;
  for (const auto& [type, maker] : makers()) types.push_back(type);
  return types;
}

std::unique_ptr<Processor> make_pass_through() {
  return std::make_unique<PassThrough>();
}

} // namespace freshet::flow
