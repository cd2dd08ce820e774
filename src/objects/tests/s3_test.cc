#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/checksum.h"
#include "aws/sigv4.h"
#include "base/random.h"
#include "http/client.h"
#include "http/server.h"
#include "objects/local_store.h"
#include "objects/s3_service.h"
#include "objects/s3_store.h"

namespace freshet::objects {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string k_large(3'000'000, 'z');

/// The remote store speaks over real sockets to the service over a local store.
class S3Test : public testing::Test {
 protected:
  S3Test() {
    LocalStoreOptions options;
    options.folder = folder_ / "store";
    local_ = std::move(*LocalStore::open(options, files_, clock_));
    http::ServerOptions server;
    server.spool_directory = local_->staging_folder();
    const S3ServiceOptions service{{{"KEY", "SECRET"}}, "us-east-1", local_->staging_folder()};
    server_ = std::move(*http::Server::start(server, files_, S3Service(*local_, files_, clock_, service)));
    store_ = remote("SECRET");
    EXPECT_TRUE(store_->create_bucket("bucket"));
  }
  ~S3Test() override {
    store_.reset();
    server_->stop();
    local_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<S3Store> remote(std::string secret) {
    S3StoreOptions options;
    options.endpoint = server_->url();
    options.access_key_id = "KEY";
    options.secret_access_key = std::move(secret);
    options.cache_folder = folder_ / "cache";
    return std::make_unique<S3Store>(options, files_, clock_);
  }

  /// A signed request with a body that is coded as the payload hash says.
  http::Response put_coded(const std::string& payload_hash, const std::string& coded, const aws::Fields& headers) {
    http::ClientRequest request;
    request.method = "PUT";
    request.url = server_->url() + "/bucket/coded";
    aws::SignableRequest signable{"PUT", "/bucket/coded", headers};
    signable.headers.emplace_back("Host", server_->url().substr(7));
    aws::sign(signable, {"KEY", "SECRET", ""}, "us-east-1", "s3", payload_hash, clock_.now());
    for (const auto& [name, value] : signable.headers) request.headers.add(name, value);
    request.body = coded;
    return *client_.send(request);
  }

  RealFileSystem files_;
  FakeClock clock_;
  Path folder_ = std::filesystem::temp_directory_path() / ("freshet-s3-" + random_secret_hex(8));
  std::unique_ptr<LocalStore> local_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<S3Store> store_;
  http::Client client_{files_};
};

TEST_F(S3Test, ObjectsRoundTrip) {
  PutOptions options;
  options.content_type = "text/csv";
  options.metadata = {{"a", "b"}};
  const auto put = store_->put("bucket", "x y+z/ä", Content::of_bytes("hello"), options);
  ASSERT_TRUE(put) << put.error().message;
  const auto head = store_->head("bucket", "x y+z/ä");
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->etag, put->etag);
  EXPECT_EQ(head->size, 5u);
  EXPECT_EQ(head->content_type, "text/csv");
  EXPECT_EQ(head->metadata.at("a"), "b");
  EXPECT_EQ(store_->read(*head, 1, 3), "ell");
  EXPECT_EQ(store_->read(*head, 4, 100), "o");
  EXPECT_EQ(files_.read_all(**store_->open_as_file(*head)), "hello");
  ASSERT_TRUE(store_->remove("bucket", "x y+z/ä"));
  EXPECT_EQ(store_->head("bucket", "x y+z/ä").error().kind, ErrorKind::not_found);
}

TEST_F(S3Test, LargeFilesStreamInAndOut) {
  ASSERT_TRUE(files_.create_directories(folder_));
  ASSERT_TRUE(files_.write_durably(folder_ / "source", k_large));
  const auto put = store_->put("bucket", "large", Content::of_file(folder_ / "source"), {});
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(put->etag, aws::to_hex(aws::digest(aws::Algorithm::md5, k_large)));
  const auto handle = store_->open_as_file(*store_->head("bucket", "large"));
  ASSERT_TRUE(handle) << handle.error().message;
  EXPECT_EQ(files_.read_all(**handle), k_large);
  EXPECT_THAT(*files_.list(local_->staging_folder()), testing::IsEmpty());
}

TEST_F(S3Test, ListsPageByPage) {
  for (const char* key : {"a", "b/1", "b/2", "c", "d"}) ASSERT_TRUE(store_->put("bucket", key, Content::of_bytes("x"), {}));
  ListRequest request{"", "/", "", 2};
  std::vector<std::string> seen;
  while (true) {
    const auto page = store_->list("bucket", request);
    ASSERT_TRUE(page) << page.error().message;
    for (const auto& object : page->objects) seen.push_back(object.key);
    for (const auto& prefix : page->common_prefixes) seen.push_back(prefix);
    if (!page->truncated) break;
    request.start_after = page->next_start_after;
  }
  EXPECT_THAT(seen, ElementsAre("a", "b/", "c", "d"));
}

TEST_F(S3Test, ConditionsAndErrorsKeepTheirKinds) {
  PutOptions absent;
  absent.if_absent = true;
  ASSERT_TRUE(store_->put("bucket", "k", Content::of_bytes("1"), absent));
  EXPECT_EQ(store_->put("bucket", "k", Content::of_bytes("2"), absent).error().kind, ErrorKind::already_exists);
  const auto old = *store_->head("bucket", "k");
  ASSERT_TRUE(store_->put("bucket", "k", Content::of_bytes("3"), {}));
  EXPECT_EQ(store_->read(old, 0, 1).error().kind, ErrorKind::conflict);
  EXPECT_EQ(store_->list("nowhere", {}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store_->create_bucket("bucket").error().kind, ErrorKind::already_exists);
  EXPECT_EQ(store_->buckets()->at(0).name, "bucket");
  const auto refused = remote("WRONG")->buckets();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::permission_denied);
  EXPECT_THAT(refused.error().message, HasSubstr("SignatureDoesNotMatch"));
  EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("WRONG")));
}

TEST_F(S3Test, NotificationRulesRoundTrip) {
  const std::string arn = "arn:aws:sqs:us-east-1:000000000000:events";
  ASSERT_TRUE(
      store_->set_notifications("bucket", {{"id", arn, {"s3:ObjectCreated:Put", "s3:ObjectRemoved:*"}, "in <1>/", ".csv"}}));
  const auto rules = store_->notifications("bucket");
  ASSERT_TRUE(rules) << rules.error().message;
  ASSERT_EQ(rules->size(), 1u);
  EXPECT_EQ(rules->at(0).queue, arn);
  EXPECT_THAT(rules->at(0).events, ElementsAre("s3:ObjectCreated:Put", "s3:ObjectRemoved:*"));
  EXPECT_EQ(rules->at(0).prefix, "in <1>/");
  EXPECT_EQ(rules->at(0).suffix, ".csv");
}

TEST_F(S3Test, AnUnsignedChunkedBodyWithATrailingChecksumIsDecodedAndVerified) {
  const std::string hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  for (const std::string& payload : {std::string("hello world"), k_large}) {
    const std::string checksum = aws::to_base64(aws::digest(aws::Algorithm::crc64nvme, payload));
    std::string coded;
    for (size_t at = 0; at < payload.size(); at += 65'536) {
      const std::string chunk = payload.substr(at, 65'536);
      coded += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
    }
    const aws::Fields headers{{"Content-Encoding", "aws-chunked,gzip"},
                              {"x-amz-trailer", "x-amz-checksum-crc64nvme"},
                              {"x-amz-decoded-content-length", std::to_string(payload.size())}};
    const auto good = put_coded(hash, coded + "0\r\nx-amz-checksum-crc64nvme:" + checksum + "\r\n\r\n", headers);
    EXPECT_EQ(good.status, 200u) << good.body;
    EXPECT_EQ(good.headers.get("x-amz-checksum-crc64nvme"), checksum);
    const auto info = *local_->head("bucket", "coded");
    EXPECT_EQ(local_->read(info, 0, info.size), payload);
    EXPECT_EQ(info.headers.at("Content-Encoding"), "gzip");
    const auto bad = put_coded(hash, coded + "0\r\nx-amz-checksum-crc64nvme:AAAAAAAAAAA=\r\n\r\n", headers);
    EXPECT_EQ(bad.status, 400u);
    EXPECT_THAT(bad.body, HasSubstr("<Code>BadDigest</Code>"));
    const auto cut = put_coded(hash, coded, headers);
    EXPECT_THAT(cut.body, HasSubstr("<Code>IncompleteBody</Code>"));
  }
}

TEST_F(S3Test, ABodyThatIsNotTheSignedOneIsRefused) {
  const auto answer = put_coded(aws::to_hex(aws::digest(aws::Algorithm::sha256, "signed")), "another", {});
  EXPECT_EQ(answer.status, 400u);
  EXPECT_THAT(answer.body, HasSubstr("<Code>XAmzContentSHA256Mismatch</Code>"));
  EXPECT_EQ(put_coded(std::string(aws::k_unsigned_payload), "anything", {}).status, 200u);
}

TEST_F(S3Test, AnUnsignedOrOldRequestIsRefused) {
  http::ClientRequest request;
  request.url = server_->url() + "/bucket/k";
  const auto unsigned_answer = *client_.send(request);
  EXPECT_EQ(unsigned_answer.status, 403u);
  EXPECT_THAT(unsigned_answer.body, HasSubstr("<Code>AccessDenied</Code>"));
  EXPECT_TRUE(unsigned_answer.headers.contains("x-amz-request-id"));
  FakeClock late(clock_.now() - std::chrono::hours(1));
  S3StoreOptions options;
  options.endpoint = server_->url();
  options.access_key_id = "KEY";
  options.secret_access_key = "SECRET";
  EXPECT_THAT(S3Store(options, files_, late).buckets().error().message, HasSubstr("RequestTimeTooSkewed"));
}

} // namespace
} // namespace freshet::objects
