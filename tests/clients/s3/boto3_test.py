"""The unmodified boto3 against a running Freshet."""

import hashlib
import io
import os
import tempfile
import time
import unittest

import boto3
import botocore.exceptions
import snowflake.connector
from botocore.config import Config


class Boto3Test(unittest.TestCase):
    def client(self, secret=os.environ["FRESHET_S3_SECRET"], key=os.environ["FRESHET_S3_KEY"], **config):
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **config)
        return boto3.client("s3", endpoint_url=os.environ["FRESHET_S3_URL"], region_name="us-east-1", aws_access_key_id=key,
                            aws_secret_access_key=secret, config=config)

    def setUp(self):
        self.s3 = self.client()
        self.bucket = "bucket-" + os.urandom(6).hex()
        self.s3.create_bucket(Bucket=self.bucket)

    def error(self, code, status, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as raised:
            call(**arguments)
        self.assertEqual(raised.exception.response["Error"]["Code"], code)
        self.assertEqual(raised.exception.response["ResponseMetadata"]["HTTPStatusCode"], status)

    def test_buckets(self):
        self.assertIn(self.bucket, [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]])
        self.assertEqual(self.s3.head_bucket(Bucket=self.bucket)["BucketRegion"], "us-east-1")
        self.assertIsNone(self.s3.get_bucket_location(Bucket=self.bucket)["LocationConstraint"])
        self.error("404", 404, self.s3.head_bucket, Bucket="nothing-here")
        self.error("NoSuchBucket", 404, self.s3.put_object, Bucket="nothing-here", Key="k", Body=b"")
        self.error("InvalidBucketName", 400, self.s3.create_bucket, Bucket="a..b")

    def test_put_get_head_delete(self):
        put = self.s3.put_object(Bucket=self.bucket, Key="a/b.txt", Body=b"hello", ContentType="text/plain",
                                 Metadata={"owner": "me"}, CacheControl="no-cache")
        self.assertEqual(put["ETag"], '"%s"' % hashlib.md5(b"hello").hexdigest())
        self.assertEqual(put["ChecksumCRC32"], "NhCmhg==")
        got = self.s3.get_object(Bucket=self.bucket, Key="a/b.txt")
        self.assertEqual(got["Body"].read(), b"hello")
        self.assertEqual((got["ContentType"], got["Metadata"], got["CacheControl"]), ("text/plain", {"owner": "me"}, "no-cache"))
        head = self.s3.head_object(Bucket=self.bucket, Key="a/b.txt", ChecksumMode="ENABLED")
        self.assertEqual((head["ContentLength"], head["ChecksumCRC32"]), (5, "NhCmhg=="))
        self.assertLess(abs(head["LastModified"].timestamp() - time.time()), 60)
        self.assertEqual(self.s3.delete_object(Bucket=self.bucket, Key="a/b.txt")["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.error("NoSuchKey", 404, self.s3.get_object, Bucket=self.bucket, Key="a/b.txt")
        self.error("404", 404, self.s3.head_object, Bucket=self.bucket, Key="a/b.txt")
        self.s3.delete_object(Bucket=self.bucket, Key="a/b.txt")

    def test_ranges_and_conditions(self):
        etag = self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"0123456789")["ETag"]
        for asked, expected in [("bytes=2-4", b"234"), ("bytes=7-", b"789"), ("bytes=-3", b"789"), ("bytes=0-99", b"0123456789")]:
            got = self.s3.get_object(Bucket=self.bucket, Key="k", Range=asked)
            self.assertEqual(got["Body"].read(), expected)
            self.assertEqual(got["ResponseMetadata"]["HTTPStatusCode"], 206)
        self.error("InvalidRange", 416, self.s3.get_object, Bucket=self.bucket, Key="k", Range="bytes=10-")
        self.error("304", 304, self.s3.get_object, Bucket=self.bucket, Key="k", IfNoneMatch=etag)
        self.error("PreconditionFailed", 412, self.s3.get_object, Bucket=self.bucket, Key="k", IfMatch='"x"')
        self.error("PreconditionFailed", 412, self.s3.put_object, Bucket=self.bucket, Key="k", Body=b"", IfNoneMatch="*")
        self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"new", IfMatch=etag)
        self.error("PreconditionFailed", 412, self.s3.put_object, Bucket=self.bucket, Key="k", Body=b"newer", IfMatch=etag)

    def test_keys_of_every_kind(self):
        keys = ["space in key", "plus+key", "ünï/cødé ☃.csv", "a//b", "%41", "q?m&a=b#c", "tilde~(x)'!*", "trailing/", "./dot/../x", "<&>\"'"]
        for key in keys:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=key.encode())
        self.assertEqual(sorted(keys, key=lambda k: k.encode()), [o["Key"] for o in self.s3.list_objects_v2(Bucket=self.bucket)["Contents"]])
        for key in keys:
            self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read(), key.encode())

    def test_listing(self):
        keys = ["a", "b/1", "b/2", "b/c/3", "d/4", "e"]
        for key in keys:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"x")
        top = self.s3.list_objects_v2(Bucket=self.bucket, Delimiter="/")
        self.assertEqual([o["Key"] for o in top["Contents"]], ["a", "e"])
        self.assertEqual([p["Prefix"] for p in top["CommonPrefixes"]], ["b/", "d/"])
        below = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="b/", Delimiter="/")
        self.assertEqual([o["Key"] for o in below["Contents"]], ["b/1", "b/2"])
        self.assertEqual([p["Prefix"] for p in below["CommonPrefixes"]], ["b/c/"])
        self.assertEqual(self.s3.list_objects_v2(Bucket=self.bucket, StartAfter="d/4")["KeyCount"], 1)
        pages = list(self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, PaginationConfig={"PageSize": 2}))
        self.assertEqual(len(pages), 3)
        self.assertEqual([o["Key"] for page in pages for o in page["Contents"]], keys)
        grouped = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Delimiter="/", PaginationConfig={"PageSize": 1})
        self.assertEqual([p["Prefix"] for page in grouped for p in page.get("CommonPrefixes", [])], ["b/", "d/"])

    def test_big_object(self):
        body = os.urandom(20 * 1024 * 1024)
        put = self.s3.put_object(Bucket=self.bucket, Key="big", Body=body)
        self.assertEqual(put["ETag"], '"%s"' % hashlib.md5(body).hexdigest())
        got = self.s3.get_object(Bucket=self.bucket, Key="big")["Body"].read()
        self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(body).digest())
        part = self.s3.get_object(Bucket=self.bucket, Key="big", Range="bytes=10000000-10999999")["Body"].read()
        self.assertEqual(part, body[10000000:11000000])

    def test_every_checksum(self):
        for algorithm in ["CRC32", "SHA1", "SHA256"]:
            put = self.s3.put_object(Bucket=self.bucket, Key=algorithm, Body=b"hello", ChecksumAlgorithm=algorithm)
            self.assertTrue(put["Checksum" + algorithm])
            got = self.s3.get_object(Bucket=self.bucket, Key=algorithm, ChecksumMode="ENABLED")
            self.assertEqual(got["Body"].read(), b"hello")
        self.error("BadDigest", 400, self.s3.put_object, Bucket=self.bucket, Key="wrong", Body=b"hello", ChecksumCRC32="AAAAAA==")
        self.error("BadDigest", 400, self.s3.put_object, Bucket=self.bucket, Key="wrong", Body=b"hello",
                   ContentMD5="XrY7u+Ae7tCTyyK7j1rNww==")
        self.error("404", 404, self.s3.head_object, Bucket=self.bucket, Key="wrong")

    def test_streamed_body(self):
        self.s3.upload_fileobj(io.BytesIO(b"y" * 3_000_000), self.bucket, "streamed")
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="streamed")["ContentLength"], 3_000_000)

    def test_upload_file_in_parts(self):
        body = os.urandom(20 * 1024 * 1024 + 17)
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            self.s3.upload_file(file.name, self.bucket, "in parts", ExtraArgs={"ContentType": "text/x-parts", "Metadata": {"a": "b"}})
            self.s3.download_file(self.bucket, "in parts", file.name)
            with open(file.name, "rb") as downloaded:
                self.assertEqual(hashlib.sha256(downloaded.read()).digest(), hashlib.sha256(body).digest())
        head = self.s3.head_object(Bucket=self.bucket, Key="in parts", ChecksumMode="ENABLED")
        digests = [hashlib.md5(body[at:at + (8 << 20)]).digest() for at in range(0, len(body), 8 << 20)]
        self.assertEqual(head["ETag"], '"%s-3"' % hashlib.md5(b"".join(digests)).hexdigest())
        self.assertEqual((head["ContentLength"], head["ContentType"], head["Metadata"]), (len(body), "text/x-parts", {"a": "b"}))
        self.assertEqual(head["ChecksumType"], "COMPOSITE")
        self.assertTrue(head["ChecksumCRC32"].endswith("-3"))

    def test_an_upload_in_parts_step_by_step(self):
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key="k")["UploadId"]
        known = dict(Bucket=self.bucket, Key="k", UploadId=upload)
        self.assertEqual([u["UploadId"] for u in self.s3.list_multipart_uploads(Bucket=self.bucket)["Uploads"]], [upload])
        self.error("404", 404, self.s3.head_object, Bucket=self.bucket, Key="k")
        small = self.s3.upload_part(PartNumber=2, Body=b"the end", **known)
        self.s3.upload_part(PartNumber=1, Body=b"replaced", **known)
        first = self.s3.upload_part(PartNumber=1, Body=b"x" * (5 << 20), **known)
        self.assertEqual([(p["PartNumber"], p["Size"]) for p in self.s3.list_parts(**known)["Parts"]], [(1, 5 << 20), (2, 7)])
        page = self.s3.list_parts(MaxParts=1, **known)
        self.assertEqual((page["IsTruncated"], page["NextPartNumberMarker"], len(page["Parts"])), (True, 1, 1))

        def parts(*numbers):
            return {"Parts": [{"PartNumber": n, "ETag": {1: first, 2: small}[n]["ETag"]} for n in numbers]}

        complete = self.s3.complete_multipart_upload
        self.error("InvalidPartOrder", 400, complete, MultipartUpload=parts(2, 1), **known)
        self.error("InvalidPart", 400, complete, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": small["ETag"]}]}, **known)
        third = self.s3.upload_part(PartNumber=3, Body=b"!", **known)
        too_small = {"Parts": parts(1, 2)["Parts"] + [{"PartNumber": 3, "ETag": third["ETag"]}]}
        self.error("EntityTooSmall", 400, complete, MultipartUpload=too_small, **known)
        done = complete(MultipartUpload=parts(1, 2), **known)
        self.assertTrue(done["ETag"].endswith('-2"'))
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="k")["Body"].read(), b"x" * (5 << 20) + b"the end")
        self.error("NoSuchUpload", 404, complete, MultipartUpload=parts(1, 2), **known)
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket=self.bucket))

    def test_abort_and_copy(self):
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key="never")["UploadId"]
        known = dict(Bucket=self.bucket, Key="never", UploadId=upload)
        self.s3.upload_part(PartNumber=1, Body=b"x", **known)
        self.s3.abort_multipart_upload(**known)
        self.error("NoSuchUpload", 404, self.s3.upload_part, PartNumber=2, Body=b"x", **known)
        self.error("NoSuchUpload", 404, self.s3.abort_multipart_upload, **known)

        body = b"0123456789" * 1_000_000
        put = self.s3.put_object(Bucket=self.bucket, Key="from here", Body=body, ContentType="text/plain", Metadata={"a": "b"})
        source = {"Bucket": self.bucket, "Key": "from here"}
        copied = self.s3.copy_object(Bucket=self.bucket, Key="to/there", CopySource=source)
        self.assertEqual(copied["CopyObjectResult"]["ETag"], put["ETag"])
        head = self.s3.head_object(Bucket=self.bucket, Key="to/there")
        self.assertEqual((head["ContentType"], head["Metadata"], head["ContentLength"]), ("text/plain", {"a": "b"}, len(body)))
        self.s3.copy_object(Bucket=self.bucket, Key="from here", CopySource=source, MetadataDirective="REPLACE", Metadata={"c": "d"})
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="from here")["Metadata"], {"c": "d"})
        self.error("InvalidRequest", 400, self.s3.copy_object, Bucket=self.bucket, Key="from here", CopySource=source)
        self.error("NoSuchKey", 404, self.s3.copy_object, Bucket=self.bucket, Key="x", CopySource=self.bucket + "/nothing")
        self.error("PreconditionFailed", 412, self.s3.copy_object, Bucket=self.bucket, Key="x", CopySource=source, CopySourceIfMatch="no")
        whole = self.s3.create_multipart_upload(Bucket=self.bucket, Key="whole")["UploadId"]
        known = dict(Bucket=self.bucket, Key="whole", UploadId=whole)
        halves = [self.s3.upload_part_copy(PartNumber=n, CopySource=source, CopySourceRange=r, **known)["CopyPartResult"]["ETag"]
                  for n, r in [(1, "bytes=0-5999999"), (2, "bytes=6000000-9999999")]]
        parts = [{"PartNumber": n + 1, "ETag": etag} for n, etag in enumerate(halves)]
        self.s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **known)
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="whole")["Body"].read(), body)

    def test_refusals(self):
        self.error("SignatureDoesNotMatch", 403, self.client(secret="wrong").list_buckets)
        self.error("InvalidAccessKeyId", 403, self.client(key="AKIANOBODY").list_buckets)
        self.error("NotImplemented", 501, self.s3.get_bucket_acl, Bucket=self.bucket)
        self.error("NotImplemented", 501, self.s3.put_object_tagging, Bucket=self.bucket, Key="k", Tagging={"TagSet": []})

    def test_a_pipe_loads_what_a_notification_announces(self):
        with snowflake.connector.connect(
            account="freshet", host=os.environ["FRESHET_HOST"], port=int(os.environ["FRESHET_PORT"]), protocol="http",
            user=os.environ["FRESHET_USER"], password=os.environ["FRESHET_PASSWORD"],
        ) as connection:
            def rows(sql):
                return connection.cursor().execute(sql).fetchall()

            rows("CREATE OR REPLACE DATABASE s3")
            rows("CREATE TABLE loaded (id NUMBER, name VARCHAR)")
            rows(f"CREATE STAGE incoming URL = 's3://{self.bucket}/in/'")
            rows("CREATE PIPE loader AUTO_INGEST = TRUE AS COPY INTO loaded FROM @incoming FILE_FORMAT = (TYPE = CSV)")
            (pipe,) = connection.cursor(snowflake.connector.DictCursor).execute("SHOW PIPES").fetchall()
            queue = pipe["notification_channel"]
            rule = {"Id": "rule", "QueueArn": queue, "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}}
            self.s3.put_bucket_notification_configuration(Bucket=self.bucket, NotificationConfiguration={"QueueConfigurations": [rule]})
            stored = self.s3.get_bucket_notification_configuration(Bucket=self.bucket)["QueueConfigurations"]
            self.assertEqual([r["QueueArn"] for r in stored], [queue])
            self.assertEqual(stored[0]["Filter"]["Key"]["FilterRules"][0]["Value"], "in/")
            self.s3.put_object(Bucket=self.bucket, Key="out/a.csv", Body=b"9,nobody\n")
            self.s3.put_object(Bucket=self.bucket, Key="in/a b.csv", Body=b"1,Ann\n2,Bob\n")
            deadline = time.monotonic() + 30
            while not (found := rows("SELECT id, name FROM loaded ORDER BY id")) and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(found, [(1, "Ann"), (2, "Bob")])
        self.error("InvalidArgument", 400, self.s3.put_bucket_notification_configuration, Bucket=self.bucket,
                   NotificationConfiguration={"QueueConfigurations": [{"QueueArn": queue + "x", "Events": ["s3:ObjectCreated:*"]}]})


if __name__ == "__main__":
    unittest.main(verbosity=2)
