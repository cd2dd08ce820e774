"""Bad input of every kind: each gives a clear error where a user looks for it, and nothing else stops.

After each fault a good file is dropped, and must reach CUSTOMER_HISTORY.
"""

import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from server import EXAMPLE, FRESHET, HEADER, Server, SqlError, configuration, customer, wait_until

numbers = itertools.count(1_000_000)


def changed_flow(folder, change):
    """The example's flow, changed; failed FlowFiles are tried again after a second."""
    flow = json.loads((EXAMPLE / "flow.json").read_text())
    for processor in flow["flowContents"]["processors"]:
        processor["penaltyDuration"] = "1 sec"
        change(processor)
    path = pathlib.Path(folder) / "flow.json"
    path.write_text(json.dumps(flow))
    return path


def unchanged(processor):
    pass


class WithServer(unittest.TestCase):
    def assert_pipeline_works(self, server=None):
        """A good file goes all the way."""
        server = server or self.server
        number = next(numbers)
        server.drop(f"good_{number}.csv", HEADER + customer(number))
        self.wait_for_customer(server, number)

    def wait_for_customer(self, server, number):
        wait_until(f"customer {number} in CUSTOMER_HISTORY\n{server.log_text()[-4000:]}",
                   lambda: server.number(f"select count(*) from customer_history where customer_id = {number} and is_current") == 1)

    def refused(self, server, sql):
        with self.assertRaises(SqlError) as caught:
            server.sql(sql)
        return caught.exception


class RunningServer(WithServer):
    """One server for all: that it outlives every one of these is part of the test."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="freshet-bad-input-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = pathlib.Path(cls.folder.name)
        (cls.root / "inbox").mkdir()
        cls.server = Server(cls.root)
        cls.addClassCleanup(cls.server.stop)

    def loaded(self, file, table="CUSTOMER_RAW"):
        return wait_until(f"{file} in COPY_HISTORY\n{self.server.log_text()[-4000:]}", lambda: self.server.copy_history(file, table))

    def assert_refused(self, name, content, message, line):
        before = self.server.number("select count(*) from customer_raw")
        self.server.drop(name, content)
        (row,) = self.loaded(name)
        self.assertEqual((row["STATUS"], row["ROW_COUNT"]), ("Load failed", "0"))
        self.assertRegex(row["FIRST_ERROR_MESSAGE"], message)
        self.assertEqual(row["FIRST_ERROR_LINE_NUMBER"], str(line))
        self.assertEqual(self.server.number("select count(*) from customer_raw"), before)
        wait_until(f"{name} in the log, which is told after COPY_HISTORY", lambda: name in self.server.log_text())
        self.assert_pipeline_works()
        return row

    # Files.

    def test_a_file_cut_within_quotes(self):
        self.assert_refused("cut_in_quotes.csv", HEADER + customer(1) + '2,Bob,Lee,bob@example.com,"12 Ma', "(?i)quote|enclos|end of", 3)

    def test_a_file_cut_within_a_row(self):
        self.assert_refused("cut_in_row.csv", HEADER + customer(3) + "4,Bob,Le", "NULL result in a non-nullable column", 3)

    def test_a_file_cut_within_the_key_deletes_nobody(self):
        number = next(numbers)
        self.server.drop("victim.csv", HEADER + customer(number))
        self.wait_for_customer(self.server, number)
        self.assert_refused("cut_in_key.csv", HEADER + customer(5) + f"{number}", "NULL result in a non-nullable column", 3)
        self.wait_for_customer(self.server, number)

    def test_too_many_columns(self):
        row = self.assert_refused("too_many.csv", HEADER + customer(6).replace("\n", ",more\n"), "NULL result in a non-nullable column", 2)
        self.assertIn("HAS_EIGHT_FIELDS", row["FIRST_ERROR_COLUMN_NAME"])

    def test_the_number_of_columns_without_a_transform(self):
        sql = self.server.sql
        sql("create or replace table two (a number, b varchar)")
        sql("create or replace stage two_stage url = 's3://customer-data/two/' file_format = (type = csv)")
        sql("create or replace pipe two_pipe auto_ingest = true as copy into two from @two_stage")
        for name, content, message in (("one.csv", b"1,x\n2\n", "End of record reached while expected to parse column"),
                                       ("three.csv", b"1,x\n2,y,z\n", "Field delimiter ',' found while expecting record delimiter")):
            with self.subTest(name):
                self.assertEqual(self.server.put_object("customer-data", "two/" + name, content)[0], 200)
                (row,) = self.loaded(name, "TWO")
                self.assertEqual((row["STATUS"], row["FIRST_ERROR_LINE_NUMBER"]), ("Load failed", "2"))
                self.assertIn(message, row["FIRST_ERROR_MESSAGE"])
        self.server.put_object("customer-data", "two/two.csv", b"1,x\n")
        self.assertEqual(self.loaded("two.csv", "TWO")[0]["STATUS"], "Loaded")
        self.assert_pipeline_works()

    def test_text_in_a_number_column(self):
        row = self.assert_refused("text.csv", HEADER + customer(7) + customer("eight"), "Numeric value 'eight' is not recognized", 3)
        self.assertIn("CUSTOMER_ID", row["FIRST_ERROR_COLUMN_NAME"])

    def test_a_refused_file_comes_again_corrected(self):
        number = next(numbers)
        self.assert_refused("again.csv", HEADER + customer("nine"), "nine", 2)
        self.server.drop("again.csv", HEADER + customer(number))
        self.wait_for_customer(self.server, number)

    def test_an_empty_file(self):
        for name, content in (("empty.csv", ""), ("only_a_header.csv", HEADER)):
            with self.subTest(name):
                self.server.drop(name, content)
                (row,) = self.loaded(name)
                self.assertEqual((row["STATUS"], row["ROW_COUNT"], row["FIRST_ERROR_MESSAGE"]), ("Loaded", "0", None))
        self.assert_pipeline_works()

    def test_an_empty_object(self):
        self.assertEqual(self.server.put_object("customer-data", "stream_data/zero.csv", b"")[0], 200)
        (row,) = self.loaded("zero.csv")
        self.assertEqual((row["STATUS"], row["ROW_COUNT"], row["FILE_SIZE"]), ("Loaded", "0", "0"))
        self.assert_pipeline_works()

    def test_odd_names(self):
        for name in ("a b.csv", "50%25+1&x=y.csv", "Zoë \"quoted\" 'single'.csv"):
            with self.subTest(name):
                number = next(numbers)
                self.server.drop(name, HEADER + customer(number))
                self.wait_for_customer(self.server, number)

    def test_the_same_object_put_twice_and_announced_again(self):
        number = next(numbers)
        content = (HEADER + customer(number)).encode()
        for _ in range(2):
            self.assertEqual(self.server.put_object("customer-data", "stream_data/twice.csv", content)[0], 200)
        self.wait_for_customer(self.server, number)
        self.server.sql("alter pipe customer_s3_pipe refresh")
        self.assert_pipeline_works()
        self.assertEqual(self.server.number(f"select count(*) from customer_raw where customer_id = {number}"), 1)
        self.assertEqual(len(self.server.copy_history("twice.csv")), 1)

    def test_a_file_that_is_still_being_written(self):
        first, last = next(numbers), next(numbers)
        with open(self.server.inbox / "slow.csv", "w", encoding="utf-8") as file:
            file.write(HEADER + customer(first))
            file.flush()
            self.assert_pipeline_works()
            self.assertEqual(self.server.copy_history("slow.csv"), [])
            file.write(customer(last)[:10])
            file.flush()
            self.assert_pipeline_works()
            self.assertEqual(self.server.copy_history("slow.csv"), [])
            file.write(customer(last)[10:])
        self.wait_for_customer(self.server, last)
        (row,) = self.loaded("slow.csv")
        self.assertEqual((row["STATUS"], row["ROW_COUNT"]), ("Loaded", "2"))

    def test_bytes_that_are_no_text(self):
        with open(self.server.inbox / ".binary", "wb") as file:
            file.write(HEADER.encode() + bytes(range(256)) * 4)
        (self.server.inbox / ".binary").rename(self.server.inbox / "binary.csv")
        (row,) = self.loaded("binary.csv")
        self.assertEqual(row["STATUS"], "Load failed")
        self.assertTrue(row["FIRST_ERROR_MESSAGE"])
        self.assert_pipeline_works()

    # Secrets.

    def test_a_wrong_s3_secret(self):
        status, body = self.server.put_object("customer-data", "stream_data/forged.csv", b"", secret="wrong")
        self.assertEqual(status, 403)
        self.assertIn("<Code>SignatureDoesNotMatch</Code>", body)
        self.assert_pipeline_works()

    def test_a_flow_with_a_wrong_s3_secret(self):
        keys = {"Endpoint Override URL": self.server.s3_address, "Access Key": self.server.credentials["s3_access_key"],
                "Secret Key": "wrong", "AWS Credentials Provider Service": None}

        def forge(processor):
            if processor["type"].endswith("PutS3Object"):
                processor["properties"].update(keys)

        with tempfile.TemporaryDirectory(prefix="freshet-bad-secret-") as folder:
            (pathlib.Path(folder) / "inbox").mkdir()
            other = Server(folder, flow=changed_flow(folder, forge))
            self.addCleanup(other.stop)
            other.drop("x.csv", HEADER + customer(1))
            (bulletin, *_) = wait_until("a bulletin", lambda: other.bulletin("SignatureDoesNotMatch"))
            self.assertEqual(bulletin["component"], "Put into the bucket")
            self.assertNotIn("wrong", bulletin["message"])
            self.assertIn("SignatureDoesNotMatch", other.log_text())
            self.assertEqual(other.number("select count(*) from customer_raw"), 0)
            self.assertEqual(other.stop(), 0)
        self.assert_pipeline_works()

    def test_a_stage_with_wrong_credentials(self):
        self.server.sql("create or replace stage forged url = 's3://customer-data/stream_data' "
                        "credentials = (aws_key_id = 'AKIA' aws_secret_key = 'wrong')")
        error = self.refused(self.server, "copy into customer_raw (customer_id) from (select $1 from @forged)")
        self.assertEqual((error.code, error.sql_state), ("091003", "55000"))
        self.assert_pipeline_works()

    def test_a_wrong_sql_password(self):
        answer = self.server.login("wrong")
        self.assertEqual((answer["success"], answer["code"]), (False, "390100"))
        self.assertIn("Incorrect username or password", answer["message"])
        done = self.freshet_sql("select 1", password="wrong")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Incorrect username or password", done.stderr)
        self.assert_pipeline_works()

    # SQL.

    def freshet_sql(self, text, *options, password=None):
        host, port = self.server.address.removeprefix("http://").split(":")
        return subprocess.run([FRESHET, "sql", "--host", host, "--port", port, "--user", self.server.credentials["user"], "-q", text, *options],
                              env={**os.environ, "FRESHET_PASSWORD": password or self.server.credentials["password"]},
                              capture_output=True, text=True, timeout=60)

    def test_sql_that_is_not_supported_names_the_construct(self):
        for statement, construct in (("create external table t (a int) location = @s", "EXTERNAL"),
                                     ("select * from customer match_recognize (pattern (a) subset u = (a) define a as true)", "SUBSET"),
                                     ("copy into customer from @customer_ext_stage file_format = (type = avro)", "AVRO")):
            with self.subTest(statement):
                error = self.refused(self.server, statement)
                self.assertIn(construct, str(error).upper())
                self.assertRegex(error.code, r"^\d{6}$")
                self.assertRegex(error.sql_state, r"^[0-9A-Z]{5}$")
        self.assert_pipeline_works()

    def test_the_sql_command_says_where_and_its_status_tells(self):
        done = self.freshet_sql("select 1;\nselect * from scd_demo.scd2.nowhere;\nselect 'not reached'")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"2:\d+.*002003 \(42S02\)")
        self.assertNotIn("not reached", done.stdout)
        done = self.freshet_sql("select * from scd_demo.scd2.nowhere; select 'reached'", "--continue")
        self.assertEqual(done.returncode, 1)
        self.assertIn("reached", done.stdout)

    # Tasks.

    def task_runs(self, name):
        return self.server.sql(f"select * from table(information_schema.task_history(task_name => '{name}')) where state in ('FAILED', 'SUCCEEDED')")

    def test_a_task_whose_body_fails(self):
        sql = self.server.sql
        sql("create or replace task broken as select 1 / 0")
        sql("create or replace stream broken_changes on table customer_raw append_only = true")
        sql("create or replace task broken_on_data when system$stream_has_data('broken_changes') as "
            "insert into customer_history (customer_id) select 'x' || customer_id from broken_changes")
        sql("execute task broken")
        sql("alter task broken_on_data resume")
        self.assert_pipeline_works()
        for name, message in (("BROKEN", "Division by zero"), ("BROKEN_ON_DATA", "Numeric value 'x.*' is not recognized")):
            with self.subTest(name):
                run = wait_until(f"a run of {name}", lambda: self.task_runs(name))[0]
                self.assertEqual(run["STATE"], "FAILED")
                self.assertRegex(run["ERROR_CODE"], r"^\d+$")
                self.assertRegex(run["ERROR_MESSAGE"], message)
        shown = wait_until("the failure on the status page", lambda: [run for run in self.server.status()["task_runs"] if run["state"] == "FAILED"])
        self.assertTrue(all(run["error"] for run in shown))
        sql("drop task broken_on_data")
        self.assert_pipeline_works()


class Folders(WithServer):
    """Input folders that cannot be listed."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="freshet-bad-folder-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def assert_told_and_recovers(self, inbox, repair):
        server = Server(self.root, inbox=inbox, flow=changed_flow(self.root, unchanged))
        self.addCleanup(server.stop)
        (bulletin, *_) = wait_until("a bulletin", lambda: server.bulletin(str(inbox)))
        self.assertEqual(bulletin["component"], "List customer files")
        self.assertIn(str(inbox), server.log_text())
        self.assertEqual(server.number("select 1"), 1)
        repair()
        self.assert_pipeline_works(server)
        self.assertEqual(server.stop(), 0)

    def test_a_folder_that_is_missing(self):
        inbox = self.root / "missing"
        self.assert_told_and_recovers(inbox, inbox.mkdir)

    def test_a_file_in_the_folder_s_place(self):
        inbox = self.root / "inbox"
        inbox.write_text("not a folder")

        def repair():
            inbox.unlink()
            inbox.mkdir()

        self.assert_told_and_recovers(inbox, repair)

    def test_a_folder_that_goes_away(self):
        inbox = self.root / "inbox"
        inbox.mkdir()
        server = Server(self.root, flow=changed_flow(self.root, unchanged))
        self.addCleanup(server.stop)
        self.assert_pipeline_works(server)
        inbox.rename(self.root / "moved")
        wait_until("a bulletin", lambda: server.bulletin(str(inbox)))
        inbox.mkdir()
        self.assert_pipeline_works(server)


class RefusedAtStart(unittest.TestCase):
    """What is wrong in the configuration ends the program with a message that says where."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="freshet-bad-start-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "inbox").mkdir()

    def assert_refused(self, configured, *messages):
        config = self.root / "freshet.yaml"
        config.write_text(configured)
        done = subprocess.run([FRESHET, "serve", "--config", str(config)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("ready", done.stdout)
        for message in messages:
            self.assertRegex(done.stderr, message)

    def with_flow(self, text):
        path = self.root / "flow.json"
        path.write_text(text)
        return configuration(self.root / "data", self.root / "inbox", path)

    def test_a_flow_that_is_no_json(self):
        self.assert_refused(self.with_flow((EXAMPLE / "flow.json").read_text()[:5000]), re.escape(str(self.root / "flow.json")), "JSON", r"line \d+")

    def test_json_that_is_no_flow(self):
        self.assert_refused(self.with_flow('{"a": [1]}'), re.escape(str(self.root / "flow.json")), "flowContents")

    def test_an_unknown_processor_type(self):
        text = (EXAMPLE / "flow.json").read_text().replace("standard.FetchFile", "standard.FetchFlie")
        self.assert_refused(self.with_flow(text), "FetchFlie", "Fetch the file")

    def test_an_unknown_property_value(self):
        text = (EXAMPLE / "flow.json").read_text().replace('"Listing Strategy": "timestamps"', '"Listing Strategy": "sometimes"')
        self.assert_refused(self.with_flow(text), "sometimes", "Listing Strategy", "List customer files")

    def test_a_flow_that_is_missing(self):
        self.assert_refused(configuration(self.root / "data", self.root / "inbox", self.root / "nowhere.json"), "nowhere.json")

    def test_an_unknown_key(self):
        self.assert_refused("data: d\nport: 0\nbukets: [a]\n", r"freshet\.yaml:3:1: unknown key 'bukets'")

    def test_a_script_that_fails_says_where(self):
        (self.root / "bad.sql").write_text("create database d;\ncreate table d.public.t (a nothing_known);\n")
        self.assert_refused(f"data: {self.root}/data\nport: 0\ns3_port: 0\nscripts: [bad.sql]\n", r"bad\.sql:2:\d+: \d{6} \([0-9A-Z]{5}\)")

    def test_a_data_folder_that_is_a_file(self):
        (self.root / "data").write_text("")
        self.assert_refused(f"data: {self.root}/data\nport: 0\ns3_port: 0\n", re.escape(str(self.root / "data")))

    def test_a_data_folder_that_is_in_use(self):
        server = Server(self.root)
        self.addCleanup(server.stop)
        other = self.root / "other.yaml"
        other.write_text(configuration(server.data, server.inbox, EXAMPLE / "flow.json"))
        done = subprocess.run([FRESHET, "serve", "--config", str(other)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(server.data), done.stderr)
        self.assertEqual(server.number("select 1"), 1)


@unittest.skipUnless(os.geteuid() == 0, "a small file system is mounted, which needs root")
class FullDisk(WithServer):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="freshet-full-disk-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.disk = self.root / "disk"
        self.disk.mkdir()
        (self.root / "inbox").mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(self.disk)], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"no small file system can be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", str(self.disk)], check=True)

    def fill(self):
        with open(self.disk / "filler", "wb", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        filler.write(bytes(size))
                except OSError:
                    pass

    def leave(self, space):
        os.truncate(self.disk / "filler", (self.disk / "filler").stat().st_size - space)

    def free(self):
        (self.disk / "filler").unlink()

    def test_work_goes_on_when_there_is_space_again(self):
        server = Server(self.root, data=self.disk / "data", flow=changed_flow(self.root, unchanged))
        self.addCleanup(server.stop)
        self.assert_pipeline_works(server)
        rows = 1
        for space in (0, 300_000, 600_000, 1_000_000):  # each part of the pipeline is the first to find the disk full
            with self.subTest(space=space):
                told = len(server.log_text())
                self.fill()
                self.leave(space)
                last = []
                for _ in range(5):
                    numbered = [next(numbers) for _ in range(4000)]
                    server.drop(f"big_{numbered[0]}.csv", HEADER + "".join(map(customer, numbered)))
                    last.append(numbered[-1])
                    rows += len(numbered)
                wait_until("a word about the disk", lambda: re.search("(?i)no space left", server.log_text()[told:]))
                self.assertGreaterEqual(server.number("select count(*) from customer_history"), 1)
                wait_until("a word where a user looks", lambda: server.bulletin("No space left") or
                           any("No space left" in pipe["status"].get("error", "") for pipe in server.status()["pipes"]))
                self.free()
                for number in last:
                    self.wait_for_customer(server, number)
                self.assertEqual(server.number("select count(*) from customer_raw"), rows)
                self.assertEqual(server.number("select count(*) from customer_history"), rows)
        self.assert_pipeline_works(server)
        self.assertEqual(server.stop(), 0)


class Demo(unittest.TestCase):
    """`freshet demo --input DIR --once` ends by itself and says what it refused."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="freshet-demo-input-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.inbox = self.root / "inbox"
        self.inbox.mkdir()

    def run_demo(self):
        report = self.root / "summary.json"
        done = subprocess.run([FRESHET, "demo", "--data", str(self.root / "data"), "--input", str(self.inbox), "--once", "--json", str(report)],
                              capture_output=True, text=True, timeout=90)
        return done, json.loads(report.read_text()) if report.exists() else None

    def test_bad_files_among_good_ones(self):
        (self.inbox / "a_good.csv").write_text(HEADER + customer(1) + customer(2))
        (self.inbox / "b_text.csv").write_text(HEADER + customer("x"))
        (self.inbox / "c_cut.csv").write_text(HEADER + '3,Ann,"Le')
        (self.inbox / "d_empty.csv").write_text("")
        (self.inbox / "e_good.csv").write_text(HEADER + customer(2, "Bea"))
        done, summary = self.run_demo()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(summary["ok"])
        self.assertEqual((summary["files"], summary["customer_rows"], summary["history_rows"]), (3, 2, 3))
        self.assertEqual([refused["file"] for refused in summary["refused"]], ["b_text.csv", "c_cut.csv"])
        self.assertIn("'x' is not recognized", summary["refused"][0]["error"])
        self.assertEqual(summary["refused"][0]["line"], 2)
        self.assertRegex(done.stdout, r"refused\s+b_text\.csv, line 2: .*'x' is not recognized")

    def test_nothing_but_bad_files(self):
        (self.inbox / "text.csv").write_text(HEADER + customer("x"))
        (self.inbox / "empty.csv").write_text("")
        done, summary = self.run_demo()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((summary["files"], summary["raw_rows_loaded"], len(summary["refused"])), (1, 0, 1))

    def test_a_folder_without_files(self):
        done, summary = self.run_demo()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(summary["files"], 0)

    def test_a_folder_that_is_missing(self):
        self.inbox.rmdir()
        done, summary = self.run_demo()
        self.assertEqual(done.returncode, 1)
        self.assertIsNone(summary)
        self.assertIn(str(self.inbox), done.stderr)

    def test_a_refused_file_that_comes_again_corrected(self):
        (self.inbox / "a.csv").write_text(HEADER + customer("x"))
        self.assertEqual(self.run_demo()[0].returncode, 0)
        (self.inbox / "a.csv").write_text(HEADER + customer(1))
        done, summary = self.run_demo()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((summary["files"], summary["customer_rows"], summary["refused"]), (1, 1, []))


if __name__ == "__main__":
    unittest.main()
