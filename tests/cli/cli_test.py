"""The freshet program as a user meets it: what its commands print, where, and with which exit status."""

import os
import pathlib
import re
import signal
import stat
import subprocess
import tempfile
import unittest

FRESHET = os.environ["FRESHET"]


class Freshet(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="freshet-cli-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.data = self.root / "data"

    def run_freshet(self, *arguments, stdin=""):
        return subprocess.run([FRESHET, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=60, cwd=self.root)

    def sql(self, *arguments, stdin=""):
        return self.run_freshet("sql", "--data", self.data, *arguments, stdin=stdin)

    def printed(self, *arguments, stdin=""):
        done = self.sql(*arguments, stdin=stdin)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def serve(self, *arguments):
        """A server that is stopped as a user would, and whose exit status must then be 0."""
        log = open(self.root / "serve.log", "a", encoding="utf-8")
        server = subprocess.Popen([FRESHET, "serve", "--port", "0", "--s3-port", "0", *map(str, arguments)],
                                  stdout=subprocess.PIPE, stderr=log, text=True, cwd=self.root)

        def stop():
            if server.poll() is None:
                server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
            server.stdout.close()
            log.close()

        self.addCleanup(stop)
        ready = next((line for line in server.stdout if line.startswith("ready ")), None)
        self.assertIsNotNone(ready, (self.root / "serve.log").read_text())
        return server, ready


class Sql(Freshet):
    def test_results_are_printed_as_tables(self):
        self.assertEqual(self.printed("-q", "SELECT column1 AS id, column2 AS name FROM VALUES (1, 'Ann'), (20, NULL)"),
                         "+----+------+\n"
                         "| ID | NAME |\n"
                         "+----+------+\n"
                         "|  1 | Ann  |\n"
                         "| 20 | NULL |\n"
                         "+----+------+\n"
                         "2 rows\n")

    def test_results_are_printed_as_csv_and_json(self):
        query = "SELECT 1 AS a, 'x,\"y\"' AS b, NULL AS c"
        self.assertEqual(self.printed("--format", "csv", "-q", query), 'A,B,C\n1,"x,""y""",\n')
        self.assertEqual(self.printed("--format", "json", "-q", query), '[{"A":1,"B":"x,\\"y\\"","C":null}]\n')

    def test_a_script_comes_from_a_file_or_from_standard_input(self):
        script = self.root / "script.sql"
        script.write_text("-- a comment;\nSELECT 1 AS a;\nSELECT ';' AS b;\n")
        expected = "A\n1\nB\n;\n"
        self.assertEqual(self.printed("--format", "csv", "-f", script), expected)
        self.assertEqual(self.printed("--format", "csv", stdin=script.read_text()), expected)

    def test_no_statements_are_no_error(self):
        for text in ("", "\n", " ; -- nothing\n"):
            self.assertEqual(self.printed(stdin=text), "")
        self.assertEqual(self.printed("-q", ""), "")

    def test_the_first_error_ends_the_run_and_says_where_it_is(self):
        script = self.root / "load.sql"
        script.write_text("SELECT 1 AS a;\nSELECT 2,\n  nope;\nSELECT 3 AS c;\n")
        failed = self.sql("--format", "csv", "-f", script)
        self.assertEqual(failed.returncode, 1)
        self.assertEqual(failed.stdout, "A\n1\n")
        self.assertTrue(failed.stderr.startswith(f"{script}:3:3: 000904 (42000): SQL compilation error"), failed.stderr)
        self.assertIn("NOPE", failed.stderr)

    def test_a_syntax_error_has_its_place_too(self):
        failed = self.sql("-q", "SELECT 1;\nSELEC 2")
        self.assertEqual(failed.returncode, 1)
        self.assertRegex(failed.stderr, r"^query:2:\d+: 001003 \(42000\): ")

    def test_warnings_follow_the_result_on_standard_error(self):
        done = self.sql("-q", "CREATE DATABASE d; CREATE TABLE t (id INT, v INT); CREATE STREAM s ON TABLE t; "
                              "CREATE OR REPLACE TABLE t (id INT)")
        self.assertEqual(done.returncode, 0)
        self.assertIn("Table T successfully created.", done.stdout)
        self.assertRegex(done.stderr, r"^warning STREAMS_ORPHANED: Replacing D\.PUBLIC\.T .*D\.PUBLIC\.S.*\n$")

    def test_continue_goes_on_and_the_exit_status_still_tells(self):
        failed = self.sql("--continue", "--format", "csv", "-q", "SELECT nope; SELECT 2 AS b; SELECT * FROM d.s.missing; SELECT 4 AS d")
        self.assertEqual(failed.returncode, 1)
        self.assertEqual(failed.stdout, "B\n2\nD\n4\n")
        self.assertEqual(re.findall(r"^query:1:\d+: (\d+) \((\w+)\)", failed.stderr, re.MULTILINE), [("000904", "42000"), ("002003", "42S02")])

    def test_scripts_of_snowsql_run(self):
        (self.root / "other.sql").write_text("SELECT '&{who}' AS other;\n")
        (self.root / "main.sql").write_text("!set variable_substitution=true\n!print hello &who\n!source other.sql\nSELECT '<% who %>' AS main;\n!exit\nbad;\n")
        printed = self.printed("--format", "csv", "-D", "who=Ann", "-f", "main.sql")
        self.assertEqual(printed.split(), ["hello", "Ann", "OTHER", "Ann", "MAIN", "Ann"])
        done = self.sql("-D", "who", "-q", "SELECT 1")
        self.assertEqual((done.returncode, done.stderr), (2, "freshet sql: -D who needs the form name=value\n"))

    def test_without_a_database_names_must_be_qualified(self):
        failed = self.sql("-q", "SELECT * FROM t")
        self.assertEqual(failed.returncode, 1)
        self.assertIn("090105 (22000): Cannot perform SELECT. This session does not have a current database", failed.stderr)

    def test_wrong_arguments_are_named(self):
        for arguments, word in ((["--no-such-option"], "--no-such-option"), (["--format", "xml", "-q", "SELECT 1"], "xml"),
                                (["-f", "missing.sql"], "missing.sql"), (["-q", "SELECT 1", "-f", __file__], "--file")):
            failed = self.sql(*arguments)
            self.assertEqual((failed.returncode, failed.stdout), (2, ""))
            self.assertIn(word, failed.stderr)

    def test_what_it_wrote_is_there_the_next_time(self):
        self.printed("-q", "CREATE DATABASE d; CREATE TABLE t (i INT); INSERT INTO t VALUES (1), (2)")
        self.assertEqual(self.printed("--format", "csv", "--database", "d", "-q", "SELECT sum(i) AS s FROM t"), "S\n3\n")

    def test_stages_and_pipes_work_without_a_server(self):
        config = self.root / "freshet.yaml"
        config.write_text(f"data: {self.data}\nbuckets: [landing]\n")
        script = """CREATE DATABASE d; CREATE TABLE t (i INT); CREATE STAGE s URL = 's3://landing/in/';
                    CREATE PIPE p AUTO_INGEST = TRUE AS COPY INTO t FROM @s; COPY INTO t FROM @s; SHOW PIPES"""
        done = self.run_freshet("sql", "--config", config, "-q", script)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("COPY INTO t FROM @s", done.stdout)

    def test_a_running_server_is_found_by_its_data_folder(self):
        server, _ = self.serve("--data", self.data)
        self.assertTrue((self.data / "address").exists())
        self.printed("-q", "CREATE DATABASE d; CREATE TABLE t (i INT); INSERT INTO t VALUES (7)")
        self.assertEqual(self.printed("--format", "csv", "--database", "d", "-q", "SELECT * FROM t"), "I\n7\n")
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(timeout=30), 0)
        self.assertFalse((self.data / "address").exists())
        self.assertEqual(self.printed("--format", "csv", "--database", "d", "-q", "SELECT * FROM t"), "I\n7\n")

    def test_after_a_kill_the_folder_is_free_again(self):
        server, _ = self.serve("--data", self.data)
        self.printed("-q", "CREATE DATABASE d; CREATE TABLE t (i INT); INSERT INTO t VALUES (7)")
        server.kill()
        server.wait()
        self.assertEqual(self.printed("--format", "csv", "--database", "d", "-q", "SELECT * FROM t"), "I\n7\n")

    def test_a_server_is_reached_by_its_port(self):
        _, ready = self.serve("--data", self.data)
        port = re.search(r"snowflake=http://127\.0\.0\.1:(\d+)", ready).group(1)
        self.assertEqual(self.printed("--port", port, "--format", "csv", "-q", "SELECT 1 AS a"), "A\n1\n")
        refused = self.sql("--port", port, "--user", "nobody", "-q", "SELECT 1")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("Incorrect username or password", refused.stderr)

    def test_without_a_server_it_says_what_to_do(self):
        failed = self.run_freshet("sql", "-q", "SELECT 1")
        self.assertEqual(failed.returncode, 2)
        self.assertIn("give --data", failed.stderr)
        self.assertFalse((self.root / "freshet-data").exists())


class Generate(Freshet):
    def contents(self, name, seed):
        done = self.run_freshet("generate", "customers", "--rows", "50", "--files", "3", "--seed", str(seed), "--out", self.root / name)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [file.read_bytes() for file in sorted((self.root / name).iterdir())]

    def test_the_seed_decides_the_customers(self):
        first = self.contents("first", 7)
        self.assertEqual(len(first), 3)
        self.assertEqual(first[0].splitlines()[0], b"customer_id,first_name,last_name,email,street,city,state,country")
        self.assertEqual(len(first[0].splitlines()), 51)
        self.assertEqual(self.contents("again", 7), first)
        self.assertNotEqual(self.contents("other", 8), first)

    def test_wrong_arguments_are_named(self):
        failed = self.run_freshet("generate", "customers", "--rows", "many", "--out", self.root / "out")
        self.assertEqual(failed.returncode, 2)
        self.assertIn("--rows", failed.stderr)


class Serve(Freshet):
    def refused(self, *arguments):
        done = self.run_freshet("serve", *arguments)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        return done.stderr

    def test_an_unknown_key_is_refused_with_its_line(self):
        config = self.root / "freshet.yaml"
        config.write_text("data: data\n\nports: 1\n")
        self.assertIn(f"{config}:3:1: unknown key 'ports'", self.refused("--config", config))

    def test_a_busy_port_is_named(self):
        _, ready = self.serve("--data", self.data)
        port = re.search(r"snowflake=http://127\.0\.0\.1:(\d+)", ready).group(1)
        self.assertIn(f"cannot listen on 127.0.0.1 port {port}", self.refused("--data", "other", "--port", port, "--s3-port", "0"))
        self.assertIn(f"cannot listen on 127.0.0.1 port {port}", self.refused("--data", "other", "--port", "0", "--s3-port", port))

    def test_a_data_folder_serves_one_at_a_time(self):
        self.serve("--data", self.data)
        self.assertIn(f"the data folder {self.data} is in use by another Freshet", self.refused("--data", self.data, "--port", "0", "--s3-port", "0"))

    def test_sigterm_and_ctrl_c_end_it_cleanly(self):
        for asked in (signal.SIGTERM, signal.SIGINT):
            server, _ = self.serve("--data", self.data)
            server.send_signal(asked)
            self.assertEqual(server.wait(timeout=30), 0)

    def test_secrets_are_readable_by_their_owner_only(self):
        _, ready = self.serve("--data", self.data)
        credentials = pathlib.Path(re.search(r"credentials=(\S+)", ready).group(1))
        self.assertEqual(credentials, self.data / "credentials.yaml")
        self.assertEqual(stat.S_IMODE(credentials.stat().st_mode), 0o600)
        credentials.chmod(0o644)
        failed = self.sql("-q", "SELECT 1")
        self.assertEqual(failed.returncode, 2)
        self.assertIn("chmod 600", failed.stderr)


class Program(Freshet):
    def test_help_and_version_are_no_errors(self):
        for arguments in (["--help"], ["--version"], ["sql", "--help"], ["serve", "--help"]):
            done = self.run_freshet(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertNotEqual(done.stdout, "")

    def test_without_a_command_it_says_so(self):
        done = self.run_freshet()
        self.assertEqual(done.returncode, 2)
        self.assertIn("--help", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
