#include <gtest/gtest.h>

#include "aws/checksum.h"
#include "aws/chunked.h"
#include "aws/sigv4.h"

namespace freshet::aws {
namespace {

// The examples of "Signature Calculations for the Authorization Header" in the S3 API reference.
constexpr std::string_view k_key_id = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view k_secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::string_view k_empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const TimePoint k_time = std::chrono::sys_days{std::chrono::year{2013} / 5 / 24};

std::string signature_of(const SignableRequest& request, const std::vector<std::string>& signed_headers,
                         std::string_view payload_hash) {
  const Scope scope{"20130524", "us-east-1", "s3"};
  const auto text = string_to_sign("20130524T000000Z", scope, canonical_request(request, signed_headers, payload_hash));
  return signature(signing_key(k_secret, scope), text);
}

TEST(SigV4, GetObjectExample) {
  const SignableRequest request{"GET",
                                "/test.txt",
                                {{"Host", "examplebucket.s3.amazonaws.com"},
                                 {"Range", "bytes=0-9"},
                                 {"x-amz-content-sha256", std::string(k_empty_hash)},
                                 {"x-amz-date", "20130524T000000Z"}}};
  EXPECT_EQ(signature_of(request, {"host", "range", "x-amz-content-sha256", "x-amz-date"}, k_empty_hash),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, PutObjectExample) {
  const std::string hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
  const SignableRequest request{"PUT",
                                "/test%24file.text",
                                {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                 {"Host", "examplebucket.s3.amazonaws.com"},
                                 {"x-amz-content-sha256", hash},
                                 {"x-amz-date", "20130524T000000Z"},
                                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}};
  EXPECT_EQ(to_hex(digest(Algorithm::sha256, "Welcome to Amazon S3.")), hash);
  EXPECT_EQ(signature_of(request, {"date", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-storage-class"}, hash),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4, ParameterExamples) {
  const Fields headers{{"Host", "examplebucket.s3.amazonaws.com"},
                       {"x-amz-content-sha256", std::string(k_empty_hash)},
                       {"x-amz-date", "20130524T000000Z"}};
  const std::vector<std::string> names{"host", "x-amz-content-sha256", "x-amz-date"};
  EXPECT_EQ(signature_of({"GET", "/?lifecycle", headers}, names, k_empty_hash),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature_of({"GET", "/?prefix=J&max-keys=2", headers}, names, k_empty_hash),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

std::optional<std::string> secret_of(const std::string& key) {
  if (key == k_key_id) return std::string(k_secret);
  return std::nullopt;
}

SignableRequest signed_request(std::string secret = std::string(k_secret)) {
  SignableRequest request{"PUT", "/b/a%20b%2Bc?x=1&acl", {{"Host", "127.0.0.1:9000"}, {"Content-Type", "text/plain"}}};
  sign(request, {std::string(k_key_id), std::move(secret), "token"}, "eu-west-1", "s3", k_unsigned_payload, k_time);
  return request;
}

TEST(SigV4, WhatIsSignedIsVerified) {
  const auto verified = verify(signed_request(), "s3", k_time + std::chrono::minutes(14), secret_of);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->access_key_id, k_key_id);
  EXPECT_EQ(verified->payload_hash, k_unsigned_payload);
  EXPECT_EQ(verified->scope.region, "eu-west-1");
}

TEST(SigV4, EveryChangeIsNoticed) {
  const auto problem = [](const SignableRequest& request, TimePoint now = k_time) {
    const auto verified = verify(request, "s3", now, secret_of);
    return verified ? std::nullopt : std::optional(verified.error().problem);
  };
  auto request = signed_request();
  request.target += "&y";
  EXPECT_EQ(problem(request), SignatureProblem::mismatch);
  request = signed_request();
  request.method = "GET";
  EXPECT_EQ(problem(request), SignatureProblem::mismatch);
  request = signed_request();
  request.headers[1].second = "text/html";
  EXPECT_EQ(problem(request), SignatureProblem::mismatch);
  EXPECT_EQ(problem(signed_request("wrong")), SignatureProblem::mismatch);
  EXPECT_EQ(problem(signed_request(), k_time + std::chrono::minutes(16)), SignatureProblem::skewed);
  EXPECT_EQ(problem({"GET", "/", {{"Host", "x"}}}), SignatureProblem::missing);
  EXPECT_EQ(problem({"GET", "/", {{"Host", "x"}, {"Authorization", "AWS4-HMAC-SHA256 nonsense"}}}),
            SignatureProblem::malformed);
  EXPECT_EQ(problem({"GET", "/", {{"Host", "x"}, {"Authorization", "Basic abc"}}}), SignatureProblem::unsupported);
  request = {"GET", "/", {{"Host", "x"}}};
  sign(request, {"AKIANOBODY", "x", ""}, "r", "s3", k_unsigned_payload, k_time);
  EXPECT_EQ(problem(request), SignatureProblem::unknown_key);
}

// "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks": 66,560 times 'a' in chunks of
// 64 KiB.
Verified seed() {
  const Scope scope{"20130524", "us-east-1", "s3"};
  return {std::string(k_key_id),
          scope,
          "20130524T000000Z",
          signing_key(k_secret, scope),
          "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
          "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"};
}

std::string example_body() {
  return "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
         std::string(65536, 'a') +
         "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
         std::string(1024, 'a') +
         "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
}

Result<std::string> decode(ChunkedDecoder decoder, std::string_view body, size_t piece) {
  std::string payload;
  for (size_t at = 0; at < body.size(); at += piece) TRY(decoder.feed(body.substr(at, piece), payload));
  TRY(decoder.finish());
  for (const auto& [name, value] : decoder.trailer()) payload += "|" + name + "=" + value;
  return payload;
}

TEST(Chunked, TheSignedExampleDecodesInPiecesOfAnySize) {
  for (const size_t piece : {1u, 7u, 1000u, 100'000u}) {
    const auto payload = decode(ChunkedDecoder::for_request(seed()), example_body(), piece);
    ASSERT_TRUE(payload) << payload.error().message;
    EXPECT_EQ(*payload, std::string(66560, 'a'));
  }
}

TEST(Chunked, AChangedByteAndATruncatedBodyAreNoticed) {
  auto body = example_body();
  body[30'000] = 'b';
  EXPECT_EQ(decode(ChunkedDecoder::for_request(seed()), body, 1000).error().kind, ErrorKind::permission_denied);
  for (const size_t length : {0u, 50u, 30'000u, 65'700u, 66'700u}) {
    EXPECT_EQ(decode(ChunkedDecoder::for_request(seed()), example_body().substr(0, length), 1000).error().kind,
              ErrorKind::invalid_argument);
  }
}

TEST(Chunked, TheUnsignedFormCarriesATrailer) {
  const std::string body = "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
  for (const size_t piece : {1u, 3u, 100u}) {
    EXPECT_EQ(decode(ChunkedDecoder(std::nullopt, true), body, piece), "hello world|x-amz-checksum-crc32=DUoRhQ==");
  }
}

// "Signature calculations for trailing headers": the same payload with an x-amz-checksum-crc32c trailer.
TEST(Chunked, TheSignedTrailerExampleDecodes) {
  auto request = seed();
  request.payload_hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
  request.signature = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
  const std::string body =
      "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" + std::string(65536, 'a') +
      "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" + std::string(1024, 'a') +
      "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
      "x-amz-checksum-crc32c:sOO8/Q==\r\n"
      "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
  const auto payload = decode(ChunkedDecoder::for_request(request), body, 999);
  ASSERT_TRUE(payload) << payload.error().message;
  EXPECT_EQ(*payload, std::string(66560, 'a') + "|x-amz-checksum-crc32c=sOO8/Q==");
  EXPECT_EQ(to_base64(digest(Algorithm::crc32c, std::string(66560, 'a'))), "sOO8/Q==");
}

TEST(Checksum, PublishedCheckValues) {
  EXPECT_EQ(to_hex(digest(Algorithm::crc32, "123456789")), "cbf43926");
  EXPECT_EQ(to_hex(digest(Algorithm::crc32c, "123456789")), "e3069283");
  EXPECT_EQ(to_hex(digest(Algorithm::crc64nvme, "123456789")), "ae8b14860a799888");
  EXPECT_EQ(to_hex(digest(Algorithm::md5, "")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(digest(Algorithm::sha1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(digest(Algorithm::sha256, "")), k_empty_hash);
}

TEST(Checksum, PiecesGiveTheSameAsTheWhole) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (const auto algorithm : {Algorithm::crc32, Algorithm::crc32c, Algorithm::crc64nvme, Algorithm::sha1, Algorithm::md5}) {
    Digest pieces(algorithm);
    for (size_t at = 0; at < text.size(); at += 11) pieces.update(std::string_view(text).substr(at, 11));
    EXPECT_EQ(pieces.finish(), digest(algorithm, text)) << name_of(algorithm);
  }
}

TEST(Checksum, HexAndBase64RoundTrip) {
  EXPECT_EQ(from_hex("00ffA1"), std::string("\0\xff\xa1", 3));
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("zz"), std::nullopt);
  for (const std::string text : {"", "a", "ab", "abc"}) EXPECT_EQ(from_base64(to_base64(text)), text);
  EXPECT_EQ(from_base64("abc"), std::nullopt);
  EXPECT_EQ(checksum_algorithm("crc64nvme"), Algorithm::crc64nvme);
  EXPECT_EQ(checksum_algorithm("MD5"), std::nullopt);
}

} // namespace
} // namespace freshet::aws
