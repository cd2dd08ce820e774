#include "flow/processors/put_s3_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "flow/store_directory.h"

namespace freshet::flow {
namespace {

constexpr size_t k_batch_max = 50;
constexpr const char* k_credentials_service = "AWS Credentials Provider Service";

struct S3Error {
  int status = 500;
  std::string code;
};

S3Error s3_error(const Error& error) {
  // A store that knows S3's own code says it first: "NoSuchBucket: …".
  const size_t colon = error.message.find(": ");
  std::string code = colon == std::string::npos ? "" : error.message.substr(0, colon);
  if (!std::all_of(code.begin(), code.end(), [](unsigned char letter) { return std::isalnum(letter); })) code.clear();
  const auto named = [&](int status, std::string_view otherwise) {
    return S3Error{status, code.empty() ? std::string(otherwise) : code};
  };
  switch (error.kind) {
    case ErrorKind::not_found:
      return named(404, "NoSuchBucket");
    case ErrorKind::permission_denied:
      return named(403, "AccessDenied");
    case ErrorKind::invalid_argument:
      return named(400, "InvalidArgument");
    case ErrorKind::already_exists:
    case ErrorKind::conflict:
      return named(409, "OperationAborted");
    case ErrorKind::unsupported:
      return named(501, "NotImplemented");
    case ErrorKind::unavailable:
    case ErrorKind::timed_out:
      return named(503, "ServiceUnavailable");
    default:
      return named(500, "InternalError");
  }
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

std::vector<PropertyDescriptor> properties() {
  using Type = PropertyDescriptor::Type;
  using Support = PropertyDescriptor::Support;
  const auto flow_file = PropertyDescriptor::Expressions::flow_file;
  const auto environment = PropertyDescriptor::Expressions::environment;
  std::vector<PropertyDescriptor> result = {
      {.name = "Bucket", .default_value = "${s3.bucket}", .required = true, .expressions = flow_file},
      {.name = "Object Key", .default_value = "${filename}", .required = true, .expressions = flow_file},
      {.name = "Region", .default_value = "us-west-2", .expressions = flow_file},
      {.name = k_credentials_service, .old_names = {"AWS Credentials Provider service"}, .type = Type::service},
      {.name = "Storage Class",
       .default_value = "STANDARD",
       .required = true,
       .allowed = {{"STANDARD", "Standard"},
                   {"REDUCED_REDUNDANCY", "ReducedRedundancy"},
                   {"GLACIER", "Glacier"},
                   {"STANDARD_IA", "StandardInfrequentAccess"},
                   {"ONEZONE_IA", "OneZoneInfrequentAccess"},
                   {"INTELLIGENT_TIERING", "IntelligentTiering"},
                   {"DEEP_ARCHIVE", "DeepArchive"},
                   {"OUTPOSTS", "Outposts"},
                   {"GLACIER_IR", "GlacierInstantRetrieval"},
                   {"SNOW", "Snow"},
                   {"EXPRESS_ONEZONE", "ExpressOnezone"}}},
      {.name = "Content Type", .expressions = flow_file},
      {.name = "Endpoint Override URL", .expressions = environment},
      {.name = "Access Key", .expressions = environment},
      {.name = "Secret Key", .expressions = environment},
      {.name = "Encryption Service",
       .old_names = {"encryption-service"},
       .type = Type::service,
       .support = Support::unsupported},
      {.name = "Server Side Encryption",
       .old_names = {"server-side-encryption"},
       .default_value = "None",
       .allowed = {{"None"}, {"AES256"}},
       .support = Support::unsupported},
      {.name = "Credentials File", .support = Support::unsupported},
      {.name = "Object Tags Prefix",
       .old_names = {"s3-object-tags-prefix"},
       .expressions = flow_file,
       .support = Support::unsupported},
      {.name = "SSL Context Service", .type = Type::service, .support = Support::unsupported},
      {.name = "Proxy Configuration Service",
       .old_names = {"proxy-configuration-service"},
       .type = Type::service,
       .support = Support::unsupported},
      {.name = "Resource Transfer Source",
       .old_names = {"resource-transfer-source"},
       .default_value = "FLOWFILE_CONTENT",
       .allowed = {{"FLOWFILE_CONTENT", "FlowFile Content"}, {"FILE_RESOURCE_SERVICE", "File Resource Service"}},
       .support = Support::unsupported},
      {.name = "File Resource Service",
       .old_names = {"file-resource-service"},
       .type = Type::service,
       .support = Support::unsupported},
  };
  // Rules of access, expiry and caching that the embedded store does not keep, and settings of Amazon's client.
  const auto ignored = [&](const char* name, std::vector<std::string> old_names = {}) {
    result.push_back(
        {.name = name, .old_names = std::move(old_names), .expressions = flow_file, .support = Support::without_effect});
  };
  for (const char* name :
       {"FullControl User List", "Read Permission User List", "Write Permission User List", "Read ACL User List",
        "Write ACL User List", "Owner", "Content Disposition", "Cache Control", "Expiration Time Rule",
        "Communications Timeout", "Multipart Threshold", "Multipart Part Size", "Multipart Upload AgeOff Interval",
        "Multipart Upload Max Age Threshold", "Proxy Host", "Proxy Host Port"}) {
    ignored(name);
  }
  ignored("Canned ACL", {"canned-acl"});
  ignored("Remove Tag Prefix", {"s3-object-remove-tags-prefix"});
  ignored("Temporary Directory Multipart State", {"s3-temporary-directory-multipart"});
  ignored("Use Chunked Encoding", {"use-chunked-encoding"});
  ignored("Use Path Style Access", {"use-path-style-access"});
  ignored("Signer Override");
  ignored("Custom Signer Class Name", {"custom-signer-class-name"});
  ignored("Custom Signer Module Location", {"custom-signer-module-location"});
  ignored("Proxy Username", {"proxy-user-name"});
  ignored("Proxy Password", {"proxy-user-password"});
  return result;
}

} // namespace

struct PutS3Object::Target {
  std::string bucket, key, region, endpoint, content_type, storage_class;
  std::map<std::string, std::string> metadata;
};

const ProcessorDescription& PutS3Object::description() const {
  static const ProcessorDescription k_description = {.type = "org.apache.nifi.processors.aws.s3.PutS3Object",
                                                     .properties = properties(),
                                                     .relationships = {"success", "failure"},
                                                     .dynamic_properties = true};
  return k_description;
}

Result<void> PutS3Object::on_trigger(ProcessContext& context, ProcessSession& session) {
  for (FlowFile* const flow_file : session.get(k_batch_max)) {
    Target target;
    const auto object = put(context, session, *flow_file, target);
    if (object)
      succeeded(session, *flow_file, target, *object);
    else
      failed(context, session, *flow_file, target, object.error());
  }
  return session.commit();
}

Result<objects::ObjectInfo> PutS3Object::put(ProcessContext& context, ProcessSession& session, const FlowFile& flow_file,
                                             Target& target) const {
  target.bucket = TRY(context.evaluate("Bucket", &flow_file));
  target.key = TRY(context.evaluate("Object Key", &flow_file));
  target.region = TRY(context.evaluate("Region", &flow_file));
  target.endpoint = TRY(context.evaluate("Endpoint Override URL"));
  target.content_type = TRY(context.evaluate("Content Type", &flow_file));
  target.storage_class = context.properties().text("Storage Class");
  for (const auto& [name, expression] : context.properties().dynamic()) {
    target.metadata[lowered(name)] = TRY(context.evaluate(expression, &flow_file));
  }
  if (target.bucket.empty())
    return fail(ErrorKind::invalid_argument, "InvalidBucketName: the property Bucket gives no name for this FlowFile");
  if (target.key.empty())
    return fail(ErrorKind::invalid_argument, "InvalidArgument: the property Object Key gives no key for this FlowFile");
  Credentials credentials = context.credentials(k_credentials_service);
  if (credentials == Credentials{}) {
    credentials = {TRY(context.evaluate("Access Key")), TRY(context.evaluate("Secret Key"))};
  }
  const auto store = TRY(context.stores().find(target.endpoint, target.region, credentials));
  objects::PutOptions options;
  if (!target.content_type.empty()) options.content_type = target.content_type;
  options.metadata = target.metadata;
  options.storage_class = target.storage_class;
  objects::Content content;
  if (flow_file.content.is_whole_file())
    content = objects::Content::of_file(flow_file.content.file->path());
  else
    content = objects::Content::of_bytes(TRY(session.read(flow_file)));
  return store->put(target.bucket, target.key, std::move(content), options);
}

void PutS3Object::succeeded(ProcessSession& session, FlowFile& flow_file, const Target& target,
                            const objects::ObjectInfo& object) const {
  const std::string host = target.endpoint.empty() ? fmt::format("https://{}.s3.{}.amazonaws.com", target.bucket, target.region)
                                                   : fmt::format("{}/{}", target.endpoint, target.bucket);
  const std::string url = host + "/" + target.key;
  session.put_attribute(flow_file, "s3.url", url);
  session.put_attribute(flow_file, "s3.bucket", target.bucket);
  session.put_attribute(flow_file, "s3.key", target.key);
  session.put_attribute(flow_file, "s3.contenttype", object.content_type);
  session.put_attribute(flow_file, "s3.etag", object.etag);
  session.put_attribute(flow_file, "s3.storeClass", object.storage_class);
  session.put_attribute(flow_file, "s3.apimethod", "putobject");
  if (!target.metadata.empty()) {
    std::string metadata;
    for (const auto& [name, value] : target.metadata)
      metadata += fmt::format("{}{}={}", metadata.empty() ? "" : ",", name, value);
    session.put_attribute(flow_file, "s3.usermetadata", metadata);
  }
  session.report(ProvenanceType::send, flow_file, url);
  session.transfer(flow_file, "success");
}

void PutS3Object::failed(ProcessContext& context, ProcessSession& session, FlowFile& flow_file, const Target& target,
                         const Error& error) const {
  const S3Error s3 = s3_error(error);
  session.put_attribute(flow_file, "s3.exception", std::string(name_of(error.kind)));
  session.put_attribute(flow_file, "s3.statusCode", std::to_string(s3.status));
  session.put_attribute(flow_file, "s3.errorCode", s3.code);
  session.put_attribute(flow_file, "s3.errorMessage", error.message);
  context.bulletin(Bulletin::Level::error,
                   fmt::format("cannot put {} as s3://{}/{}: {}", flow_file.attribute_or("filename", flow_file.uuid()),
                               target.bucket, target.key, error.message));
  session.penalize(flow_file);
  session.transfer(flow_file, "failure");
}

} // namespace freshet::flow
