#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "flow/processor.h"

namespace freshet::flow {

/// A processor by NiFi's class name; none when the type is unknown.
std::unique_ptr<Processor> make_processor(std::string_view type);
/// What there is, by class name, sorted.
std::vector<std::string> processor_types();
/// What an input port, output port or funnel does: everything that comes goes on.
std::unique_ptr<Processor> make_pass_through();

} // namespace freshet::flow
