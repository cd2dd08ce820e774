#include "flow/processors/fetch_file.h"

#include <fmt/format.h>

#include "base/random.h"

namespace freshet::flow {
namespace {

constexpr size_t k_batch_max = 100;

std::optional<Bulletin::Level> bulletin_level(const std::string& log_level) {
  if (log_level == "ERROR") return Bulletin::Level::error;
  if (log_level == "WARN") return Bulletin::Level::warning;
  if (log_level == "INFO") return Bulletin::Level::info;
  return std::nullopt;
}

} // namespace

const ProcessorDescription& FetchFile::description() const {
  const auto flow_file = PropertyDescriptor::Expressions::flow_file;
  const std::vector<AllowedValue> levels = {{"TRACE"}, {"DEBUG"}, {"INFO"}, {"WARN"}, {"ERROR"}, {"FATAL"}, {"NONE"}};
  static const ProcessorDescription k_description = {
      .type = "org.apache.nifi.processors.standard.FetchFile",
      .properties = {{.name = "File to Fetch",
                      .default_value = "${absolute.path}/${filename}",
                      .required = true,
                      .expressions = flow_file},
                     {.name = "Completion Strategy",
                      .default_value = "None",
                      .required = true,
                      .allowed = {{"None"}, {"Move File"}, {"Delete File"}}},
                     {.name = "Move Destination Directory", .expressions = flow_file},
                     {.name = "Move Conflict Strategy",
                      .default_value = "Rename",
                      .required = true,
                      .allowed = {{"Rename"}, {"Replace File"}, {"Keep Existing"}, {"Fail"}}},
                     {.name = "File not Found Log Level",
                      .old_names = {"Log level when file not found"},
                      .default_value = "ERROR",
                      .allowed = levels},
                     {.name = "Permission Denied Log Level",
                      .old_names = {"Log level when permission denied"},
                      .default_value = "ERROR",
                      .allowed = levels}},
      .relationships = {"success", "not.found", "permission.denied", "failure"}};
  return k_description;
}

std::vector<std::string> FetchFile::validate(const Properties& properties) const {
  if (properties.text("Completion Strategy") == "Move File" && !properties.has("Move Destination Directory")) {
    return {"Move Destination Directory has no value, and the Completion Strategy 'Move File' needs one"};
  }
  return {};
}

Result<void> FetchFile::on_trigger(ProcessContext& context, ProcessSession& session) {
  const std::string& strategy = context.properties().text("Completion Strategy");
  std::vector<Completion> completions;
  // Nothing is known yet of the contents' sizes, so the batch is bounded by what listings say of them.
  uint64_t bytes = 0;
  for (size_t count = 0; count < k_batch_max && bytes < ProcessSession::k_shared_file_max; ++count) {
    FlowFile* const flow_file = session.get();
    if (flow_file == nullptr) break;
    auto file = context.evaluate("File to Fetch", flow_file);
    auto folder = context.evaluate("Move Destination Directory", flow_file);
    if (!file || !folder) {
      context.bulletin(Bulletin::Level::error, (!file ? file : folder).error().message);
      session.penalize(*flow_file);
      session.transfer(*flow_file, "failure");
      continue;
    }
    if (fetch(context, session, *flow_file, *file, *folder) && strategy != "None") completions.push_back({*file, *folder});
    bytes += flow_file->size();
  }
  TRY(session.commit());
  for (const Completion& completion : completions) complete(context, completion);
  return {};
}

bool FetchFile::fetch(ProcessContext& context, ProcessSession& session, FlowFile& flow_file, const Path& file,
                      const Path& folder) const {
  const Properties& properties = context.properties();
  if (properties.text("Completion Strategy") == "Move File" && properties.text("Move Conflict Strategy") == "Fail" &&
      context.files().status(folder / file.filename())) {
    context.bulletin(Bulletin::Level::error,
                     fmt::format("{} is not fetched: {} exists", file.string(), (folder / file.filename()).string()));
    session.penalize(flow_file);
    session.transfer(flow_file, "failure");
    return false;
  }
  const auto fetched = [&]() -> Result<void> {
    const auto source = TRY(context.files().open(file));
    return session.import_content(flow_file, *source);
  }();
  if (fetched) {
    session.report(ProvenanceType::fetch, flow_file, "file://" + file.string());
    session.transfer(flow_file, "success");
    return true;
  }
  const Error& error = fetched.error();
  if (error.kind == ErrorKind::not_found || error.kind == ErrorKind::permission_denied) {
    const bool absent = error.kind == ErrorKind::not_found;
    const auto level = bulletin_level(properties.text(absent ? "File not Found Log Level" : "Permission Denied Log Level"));
    if (level) context.bulletin(*level, error.message);
    session.report_route(flow_file, absent ? "not.found" : "permission.denied");
    if (!absent) session.penalize(flow_file);
    session.transfer(flow_file, absent ? "not.found" : "permission.denied");
    return false;
  }
  context.bulletin(Bulletin::Level::error, error.message);
  session.penalize(flow_file);
  session.transfer(flow_file, "failure");
  return false;
}

void FetchFile::complete(ProcessContext& context, const Completion& completion) const {
  const auto completed = [&]() -> Result<void> {
    FileSystem& files = context.files();
    if (context.properties().text("Completion Strategy") == "Delete File") return files.remove(completion.file);
    TRY(files.create_directories(completion.folder));
    Path target = completion.folder / completion.file.filename();
    const std::string& conflict = context.properties().text("Move Conflict Strategy");
    if (conflict != "Replace File" && files.status(target)) {
      if (conflict == "Keep Existing") return files.remove(completion.file);
      target = completion.folder / (random_uuid() + "-" + completion.file.filename().string());
    }
    if (const auto renamed = files.rename(completion.file, target); renamed) return {};
    if (conflict == "Replace File") TRY(files.remove(target));
    TRY(files.link_or_copy(completion.file, target)); // another file system
    return files.remove(completion.file);
  }();
  if (!completed) {
    context.bulletin(Bulletin::Level::warning, fmt::format("{} was fetched, but its completion failed: {}",
                                                           completion.file.string(), completed.error().message));
  }
}

} // namespace freshet::flow
