"""The unmodified aws command against a running Freshet: endpoint and addressing style by its own configuration file."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import snowflake.connector

AWS = pathlib.Path(sys.executable).parent / "aws"
CONFIG = """[default]
region = us-east-1
endpoint_url = {url}
output = json
cli_pager =
s3 =
    addressing_style = path
"""


class AwsCliTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="freshet-aws-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "config").write_text(CONFIG.format(url=os.environ["FRESHET_S3_URL"]))
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environment |= {"AWS_CONFIG_FILE": str(self.root / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(self.root / "none"),
                             "AWS_ACCESS_KEY_ID": os.environ["FRESHET_S3_KEY"], "AWS_SECRET_ACCESS_KEY": os.environ["FRESHET_S3_SECRET"],
                             "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}
        self.bucket = "bucket-" + os.urandom(6).hex()
        self.aws("s3", "mb", f"s3://{self.bucket}")

    def run_aws(self, *arguments, **environment):
        return subprocess.run([AWS, *map(str, arguments)], cwd=self.root, env=self.environment | environment, capture_output=True, text=True,
                              timeout=120)

    def aws(self, *arguments):
        done = self.run_aws(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout

    def api(self, operation, *arguments):
        printed = self.aws("s3api", operation, "--bucket", self.bucket, *arguments)
        return json.loads(printed) if printed else None

    def refused(self, *arguments, **environment):
        done = self.run_aws(*arguments, **environment)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr

    def file(self, name, content):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_bytes(content)
        return name

    def keys(self):
        return [line.split(maxsplit=3)[3] for line in self.run_aws("s3", "ls", "--recursive", f"s3://{self.bucket}").stdout.splitlines()]

    def test_buckets_are_listed(self):
        self.assertIn(self.bucket, self.aws("s3", "ls"))
        self.assertEqual(self.api("get-bucket-location"), {"LocationConstraint": None})
        self.assertEqual(self.api("head-bucket")["BucketRegion"], "us-east-1")
        self.assertIn("404", self.refused("s3api", "head-bucket", "--bucket", "nothing-here"))

    def test_a_file_goes_up_and_comes_down(self):
        content = b"customer_id,first_name\n1,\xc3\x84nn\n"
        self.file("customer.csv", content)
        self.assertIn("upload: ./customer.csv", self.aws("s3", "cp", "customer.csv", f"s3://{self.bucket}/in/customer.csv"))
        self.aws("s3", "cp", f"s3://{self.bucket}/in/customer.csv", "back.csv")
        self.assertEqual((self.root / "back.csv").read_bytes(), content)
        self.assertEqual(self.aws("s3", "cp", f"s3://{self.bucket}/in/customer.csv", "-").encode(), content)
        head = self.api("head-object", "--key", "in/customer.csv")
        self.assertEqual((head["ContentLength"], head["ContentType"]), (len(content), "text/csv"))
        self.assertIn("404", self.refused("s3api", "head-object", "--bucket", self.bucket, "--key", "nothing"))

    def test_listings_group_by_folder(self):
        for key in ["a.csv", "in/b.csv", "in/deep/c.csv"]:
            self.aws("s3", "cp", self.file("x", b"123"), f"s3://{self.bucket}/{key}")
        top = [line.split() for line in self.aws("s3", "ls", f"s3://{self.bucket}").splitlines()]
        self.assertEqual([line[-1] for line in top], ["in/", "a.csv"])
        self.assertEqual((top[0][0], top[1][2]), ("PRE", "3"))
        self.assertEqual(self.keys(), ["a.csv", "in/b.csv", "in/deep/c.csv"])
        listed = self.api("list-objects-v2", "--prefix", "in/", "--page-size", "1")
        self.assertEqual([entry["Key"] for entry in listed["Contents"]], ["in/b.csv", "in/deep/c.csv"])

    def test_a_range_of_an_object(self):
        self.api("put-object", "--key", "k", "--body", self.file("digits", b"0123456789"), "--metadata", "owner=me")
        got = self.api("get-object", "--key", "k", "--range", "bytes=2-4", "part")
        self.assertEqual((self.root / "part").read_bytes(), b"234")
        self.assertEqual((got["ContentRange"], got["Metadata"]), ("bytes 2-4/10", {"owner": "me"}))
        self.assertIn("InvalidRange", self.refused("s3api", "get-object", "--bucket", self.bucket, "--key", "k", "--range", "bytes=10-", "x"))

    def test_objects_are_removed(self):
        for key in ["a", "in/b", "in/c"]:
            self.aws("s3", "cp", self.file("x", b"1"), f"s3://{self.bucket}/{key}")
        self.assertEqual(self.aws("s3", "rm", f"s3://{self.bucket}/a"), f"delete: s3://{self.bucket}/a\n")
        self.assertEqual(self.keys(), ["in/b", "in/c"])
        self.aws("s3", "rm", "--recursive", f"s3://{self.bucket}/in/")
        self.assertEqual(self.keys(), [])

    def test_a_folder_is_synchronised(self):
        self.file("folder/a.csv", b"1\n")
        self.file("folder/sub/b.csv", b"2\n")
        self.aws("s3", "sync", "folder", f"s3://{self.bucket}/copy")
        self.assertEqual(self.keys(), ["copy/a.csv", "copy/sub/b.csv"])
        self.assertEqual(self.aws("s3", "sync", "folder", f"s3://{self.bucket}/copy"), "")
        self.aws("s3", "sync", f"s3://{self.bucket}/copy", "back")
        self.assertEqual((self.root / "back/sub/b.csv").read_bytes(), b"2\n")

    def test_notifications_wake_a_pipe(self):
        with snowflake.connector.connect(host=os.environ["FRESHET_HOST"], port=int(os.environ["FRESHET_PORT"]), protocol="http", account="local",
                                         user=os.environ["FRESHET_USER"], password=os.environ["FRESHET_PASSWORD"]) as connection:
            cursor = connection.cursor()
            for statement in ["CREATE OR REPLACE DATABASE aws_cli", "CREATE TABLE t (id INT, name VARCHAR)",
                              f"CREATE STAGE s URL = 's3://{self.bucket}/in/'",
                              "CREATE PIPE p AUTO_INGEST = TRUE AS COPY INTO t FROM @s FILE_FORMAT = (TYPE = CSV)", "SHOW PIPES"]:
                cursor.execute(statement)
            queue = dict(zip([column.name for column in cursor.description], cursor.fetchone()))["notification_channel"]
            rule = {"Id": "cli", "QueueArn": queue, "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".csv"}]}}}
            self.api("put-bucket-notification-configuration", "--notification-configuration", json.dumps({"QueueConfigurations": [rule]}))
            got = self.api("get-bucket-notification-configuration")["QueueConfigurations"]
            self.assertEqual([(entry["QueueArn"], entry["Events"]) for entry in got], [(queue, ["s3:ObjectCreated:*"])])
            self.aws("s3", "cp", self.file("rows.txt", b"9,nobody\n"), f"s3://{self.bucket}/in/rows.txt")
            self.aws("s3", "cp", self.file("rows.csv", b"1,Ann\n2,Bob\n"), f"s3://{self.bucket}/in/rows.csv")
            bound = time.monotonic() + 60
            while not (found := cursor.execute("SELECT * FROM t ORDER BY id").fetchall()) and time.monotonic() < bound:
                time.sleep(0.05)
            self.assertEqual(found, [(1, "Ann"), (2, "Bob")])

    def test_refusals_are_named(self):
        self.assertIn("SignatureDoesNotMatch", self.refused("s3", "ls", AWS_SECRET_ACCESS_KEY="wrong"))
        self.assertIn("InvalidAccessKeyId", self.refused("s3", "ls", AWS_ACCESS_KEY_ID="AKIANOBODY"))
        self.assertIn("NoSuchBucket", self.refused("s3", "ls", "s3://nothing-here"))
        self.assertIn("NotImplemented", self.refused("s3api", "get-bucket-acl", "--bucket", self.bucket))


if __name__ == "__main__":
    unittest.main(verbosity=2)
