#include "flow/processors/put_file.h"

#include <fmt/format.h>

namespace freshet::flow {

const ProcessorDescription& PutFile::description() const {
  using Type = PropertyDescriptor::Type;
  using Support = PropertyDescriptor::Support;
  const auto expressions = PropertyDescriptor::Expressions::flow_file;
  static const ProcessorDescription k_description = {
      .type = "org.apache.nifi.processors.standard.PutFile",
      .properties = {{.name = "Directory", .required = true, .expressions = expressions},
                     {.name = "Conflict Resolution Strategy",
                      .default_value = "fail",
                      .required = true,
                      .allowed = {{"fail"}, {"replace"}, {"ignore"}}},
                     {.name = "Create Missing Directories", .default_value = "true", .required = true, .type = Type::boolean},
                     {.name = "Maximum File Count", .expressions = expressions, .support = Support::unsupported},
                     {.name = "Last Modified Time", .expressions = expressions, .support = Support::unsupported},
                     {.name = "Permissions", .expressions = expressions, .support = Support::unsupported},
                     {.name = "Owner", .expressions = expressions, .support = Support::unsupported},
                     {.name = "Group", .expressions = expressions, .support = Support::unsupported}},
      .relationships = {"success", "failure"}};
  return k_description;
}

Result<void> PutFile::on_trigger(ProcessContext& context, ProcessSession& session) {
  for (FlowFile* const flow_file : session.get(100)) {
    const auto written = put(context, session, *flow_file);
    if (!written) {
      context.bulletin(Bulletin::Level::error, written.error().message);
      session.penalize(*flow_file);
    }
    session.transfer(*flow_file, written ? "success" : "failure");
  }
  return session.commit();
}

Result<void> PutFile::put(ProcessContext& context, ProcessSession& session, FlowFile& flow_file) const {
  FileSystem& files = context.files();
  const Path folder = TRY(context.evaluate("Directory", &flow_file));
  const std::string name = flow_file.attribute_or("filename", flow_file.uuid());
  // The name comes from outside: it must not lead out of the folder.
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    return fail(ErrorKind::invalid_argument, fmt::format("the attribute filename, '{}', is not the name of a file", name));
  }
  if (!files.status(folder)) {
    if (!context.properties().truth("Create Missing Directories")) {
      return fail(ErrorKind::not_found, fmt::format("the folder {} does not exist", folder.string()));
    }
    TRY(files.create_directories(folder));
  }
  const std::string& conflict = context.properties().text("Conflict Resolution Strategy");
  if (conflict != "replace" && files.status(folder / name)) {
    if (conflict == "ignore") return {};
    return fail(ErrorKind::already_exists,
                fmt::format("{} exists, and the conflict resolution strategy is 'fail'", (folder / name).string()));
  }
  constexpr uint64_t k_chunk = 1 << 20;
  const Path staged = folder / ("." + name);
  {
    const auto file = TRY(files.create(staged, FileSystem::Readers::by_umask));
    for (uint64_t offset = 0; offset < flow_file.size(); offset += k_chunk) {
      const std::string bytes = TRY(session.read(flow_file, offset, k_chunk));
      TRY(file->append(bytes));
    }
    TRY(file->sync());
  }
  TRY(files.rename(staged, folder / name));
  TRY(files.sync_directory(folder));
  session.report(ProvenanceType::send, flow_file, "file://" + (folder / name).string());
  return {};
}

} // namespace freshet::flow
