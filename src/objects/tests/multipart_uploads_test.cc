#include "objects/multipart_uploads.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "aws/checksum.h"
#include "base/random.h"
#include "objects/local_store.h"

namespace freshet::objects {
namespace {

std::string md5(std::string_view bytes) {
  return aws::to_hex(aws::digest(aws::Algorithm::md5, bytes));
}

class MultipartUploadsTest : public testing::Test {
 protected:
  MultipartUploadsTest() {
    open();
    EXPECT_TRUE(store_->create_bucket("bucket"));
  }
  ~MultipartUploadsTest() override {
    uploads_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// As a restart of the process leaves it.
  void open() {
    uploads_.reset();
    store_.reset();
    LocalStoreOptions options;
    options.folder = folder_;
    store_ = std::move(*LocalStore::open(options, files_, clock_));
    uploads_ = std::make_unique<MultipartUploads>(*store_, files_, clock_, folder_ / "uploads");
  }

  Upload created() {
    PutOptions options;
    options.content_type = "text/plain";
    options.metadata["a"] = "b";
    return *uploads_->find(*uploads_->create("bucket", "key", options), "bucket", "key");
  }
  void put(const Upload& upload, uint32_t number, const std::string& bytes) {
    UploadPart part;
    part.number = number;
    part.size = bytes.size();
    part.md5 = md5(bytes);
    EXPECT_TRUE(uploads_->put_part(upload, part, Content::of_bytes(bytes)));
  }

  const Path folder_ = std::filesystem::temp_directory_path() / ("freshet-uploads-" + random_secret_hex(6));
  RealFileSystem files_;
  FakeClock clock_;
  std::unique_ptr<LocalStore> store_;
  std::unique_ptr<MultipartUploads> uploads_;
  const std::string large_ = std::string(5 << 20, 'x');
};

TEST_F(MultipartUploadsTest, PartsOutliveARestartAndMakeOneObject) {
  const auto upload = created();
  put(upload, 2, "the end");
  open();
  put(upload, 1, large_);
  open();
  const auto again = uploads_->find(upload.id, "bucket", "key");
  ASSERT_TRUE(again);
  const auto info = uploads_->complete(*again, {{1, md5(large_)}, {2, md5("the end")}}, {});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->etag, md5(*aws::from_hex(md5(large_)) + *aws::from_hex(md5("the end"))) + "-2");
  EXPECT_EQ(info->size, large_.size() + 7);
  EXPECT_EQ(info->content_type, "text/plain");
  EXPECT_EQ(info->metadata.at("a"), "b");
  EXPECT_EQ(*store_->read(*info, large_.size() - 1, 8), "xthe end");
  EXPECT_TRUE(files_.list(folder_ / "uploads")->empty());
}

TEST_F(MultipartUploadsTest, TheLastPartOfANumberCounts) {
  const auto upload = created();
  put(upload, 1, "first");
  put(upload, 1, "second");
  const auto parts = uploads_->parts(upload);
  ASSERT_EQ(parts->size(), 1u);
  EXPECT_EQ(parts->front().md5, md5("second"));
  EXPECT_EQ(uploads_->complete(upload, {{1, md5("first")}}, {}).error().code, "InvalidPart");
  const auto info = uploads_->complete(upload, {{1, md5("second")}}, {});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->etag, md5(*aws::from_hex(md5("second"))) + "-1");
  EXPECT_EQ(*store_->read(*info, 0, 100), "second");
}

TEST_F(MultipartUploadsTest, AnAbortedUploadIsGone) {
  const auto upload = created();
  put(upload, 1, "never seen");
  EXPECT_EQ(uploads_->uploads("bucket")->size(), 1u);
  EXPECT_TRUE(uploads_->abort(upload));
  EXPECT_TRUE(uploads_->uploads("bucket")->empty());
  UploadPart late;
  late.number = 2;
  late.md5 = md5("late");
  EXPECT_EQ(uploads_->put_part(upload, late, Content::of_bytes("late")).error().code, "NoSuchUpload");
  EXPECT_FALSE(store_->head("bucket", "key"));
}

TEST_F(MultipartUploadsTest, AnIdLeadsNowhereElse) {
  EXPECT_EQ(uploads_->find("../metadata", "bucket", "key").error().code, "NoSuchUpload");
  EXPECT_EQ(uploads_->find("", "bucket", "key").error().code, "NoSuchUpload");
  EXPECT_EQ(uploads_->find(created().id, "bucket", "another key").error().code, "NoSuchUpload");
}

} // namespace
} // namespace freshet::objects
