"""The unmodified snowflake-connector-python against a running Freshet."""

import datetime
import decimal
import gzip
import os
import pathlib
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

import snowflake.connector
from snowflake.connector import DictCursor
from snowflake.connector.errors import DatabaseError, ProgrammingError


def connect(**overrides):
    options = dict(
        account="freshet",
        host=os.environ["FRESHET_HOST"],
        port=int(os.environ["FRESHET_PORT"]),
        protocol="http",
        user=os.environ["FRESHET_USER"],
        password=os.environ["FRESHET_PASSWORD"],
        paramstyle="qmark",
        login_timeout=20,
    )
    options.update(overrides)
    return snowflake.connector.connect(**options)


class Connector(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.connection = connect()
        cls.run_sql("CREATE OR REPLACE DATABASE py", "CREATE OR REPLACE SCHEMA py.test", "USE SCHEMA py.test")

    @classmethod
    def tearDownClass(cls):
        cls.connection.close()

    @classmethod
    def run_sql(cls, *statements):
        for statement in statements:
            cursor = cls.connection.cursor().execute(statement)
        return cursor

    def rows(self, sql, *binds):
        return self.connection.cursor().execute(sql, binds).fetchall()

    def test_a_wrong_password_is_refused(self):
        with self.assertRaises(DatabaseError) as caught:
            connect(password="wrong")
        self.assertIn("Incorrect username or password", str(caught.exception))

    def test_the_session_knows_its_names(self):
        self.assertEqual(self.rows("SELECT current_database(), current_schema()"), [("PY", "TEST")])

    def test_every_type_arrives_as_the_python_type(self):
        (row,) = self.rows(
            """SELECT 1::NUMBER(38,0), 12.50::NUMBER(10,2), 0.5::FLOAT, 'text'::VARCHAR, TRUE, FALSE, NULL::VARCHAR,
                      '2024-02-29'::DATE, '12:34:56.789'::TIME, '2024-02-29 12:34:56.789'::TIMESTAMP_NTZ,
                      TO_BINARY('00ff', 'HEX')"""
        )
        self.assertEqual(
            row,
            (
                1,
                decimal.Decimal("12.50"),
                0.5,
                "text",
                True,
                False,
                None,
                datetime.date(2024, 2, 29),
                datetime.time(12, 34, 56, 789000),
                datetime.datetime(2024, 2, 29, 12, 34, 56, 789000),
                b"\x00\xff",
            ),
        )

    def test_zoned_timestamps_are_the_same_instant(self):
        (row,) = self.rows("SELECT '2024-02-29 12:00:00 +0000'::TIMESTAMP_TZ, '2024-02-29 12:00:00 +0000'::TIMESTAMP_LTZ")
        noon = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
        self.assertEqual([value.astimezone(datetime.timezone.utc) for value in row], [noon, noon])

    def test_columns_are_described(self):
        cursor = self.connection.cursor().execute("SELECT 1::NUMBER(10,2) AS amount, 'x'::VARCHAR(20) AS \"Name\"")
        self.assertEqual([column.name for column in cursor.description], ["AMOUNT", "Name"])
        self.assertEqual((cursor.description[0].precision, cursor.description[0].scale), (10, 2))

    def test_the_example_runs(self):
        self.run_sql(
            "CREATE OR REPLACE TABLE customer (customer_id NUMBER, first_name VARCHAR, email VARCHAR, updated TIMESTAMP_NTZ)",
            "CREATE OR REPLACE TABLE customer_raw (customer_id NUMBER, first_name VARCHAR, email VARCHAR)",
            "CREATE OR REPLACE STREAM customer_changes ON TABLE customer",
        )
        insert = self.run_sql("INSERT INTO customer VALUES (1, 'Ann', 'ann@example.com', '2024-01-01'), (2, 'Bob', NULL, NULL)")
        self.assertEqual(insert.rowcount, 2)
        self.run_sql("INSERT INTO customer_raw VALUES (2, 'Bob', 'bob@example.com'), (3, 'Cy', 'cy@example.com')")
        merge = self.run_sql(
            """MERGE INTO customer c USING customer_raw r ON c.customer_id = r.customer_id
               WHEN MATCHED AND c.email IS DISTINCT FROM r.email THEN UPDATE SET c.email = r.email
               WHEN NOT MATCHED THEN INSERT (customer_id, first_name, email) VALUES (r.customer_id, r.first_name, r.email)"""
        )
        self.assertEqual(merge.fetchall(), [(1, 1)])
        self.assertEqual(self.rows("SELECT customer_id, email FROM customer ORDER BY customer_id"),
                         [(1, "ann@example.com"), (2, "bob@example.com"), (3, "cy@example.com")])
        self.assertEqual(self.rows("SELECT count(*) FROM customer_changes"), [(3,)])

    def test_an_error_has_its_code_state_and_query_id(self):
        with self.assertRaises(ProgrammingError) as caught:
            self.run_sql("SELECT * FROM no_such_table")
        self.assertEqual(caught.exception.errno, 2003)
        self.assertEqual(caught.exception.sqlstate, "42S02")
        self.assertIn("NO_SUCH_TABLE", str(caught.exception))
        self.assertTrue(caught.exception.sfqid)

    def test_a_syntax_error_says_where(self):
        with self.assertRaises(ProgrammingError) as caught:
            self.run_sql("SELECT 1 FRM x y z")
        self.assertEqual(caught.exception.errno, 1003)
        self.assertEqual(caught.exception.sqlstate, "42000")

    def test_binds_keep_their_values(self):
        self.run_sql("CREATE OR REPLACE TABLE bound (i NUMBER, d NUMBER(10,2), f FLOAT, t VARCHAR, b BOOLEAN, day DATE, at TIMESTAMP_NTZ)")
        values = (7, decimal.Decimal("12.34"), 0.25, "it's", True, datetime.date(2024, 2, 29),
                  datetime.datetime(2024, 2, 29, 12, 34, 56, 789000))
        self.connection.cursor().execute("INSERT INTO bound VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        self.assertEqual(self.rows("SELECT * FROM bound WHERE i = ?", 7), [values])
        self.assertEqual(self.rows("SELECT ?", None), [(None,)])

    def test_executemany_inserts_every_row(self):
        self.run_sql("CREATE OR REPLACE TABLE many (i NUMBER, t VARCHAR)")
        cursor = self.connection.cursor()
        cursor.executemany("INSERT INTO many VALUES (?, ?)", [(i, f"row {i}") for i in range(1200)])
        self.assertEqual(cursor.rowcount, 1200)
        self.assertEqual(self.rows("SELECT count(*), sum(i), count(DISTINCT t) FROM many"), [(1200, 719400, 1200)])

    def test_transactions_commit_and_roll_back(self):
        self.run_sql("CREATE OR REPLACE TABLE kept (i NUMBER)", "BEGIN", "INSERT INTO kept VALUES (1)", "ROLLBACK",
                     "BEGIN", "INSERT INTO kept VALUES (2)", "COMMIT")
        self.assertEqual(self.rows("SELECT i FROM kept"), [(2,)])

    def test_dict_cursors_and_iteration(self):
        cursor = self.connection.cursor(DictCursor).execute("SELECT 1 AS a, 'x' AS b")
        self.assertEqual(list(cursor), [{"A": 1, "B": "x"}])

    def test_several_statements_at_once(self):
        cursor = self.connection.cursor()
        cursor.execute("SELECT 1; SELECT 'two'", num_statements=2)
        self.assertEqual(cursor.fetchall(), [(1,)])
        self.assertTrue(cursor.nextset())
        self.assertEqual(cursor.fetchall(), [("two",)])

    def test_a_large_result_arrives_whole(self):
        cursor = self.connection.cursor().execute(
            "SELECT seq4() AS i, repeat('x', 100) AS t FROM TABLE(GENERATOR(ROWCOUNT => 200000)) ORDER BY 1")
        count = total = 0
        for i, text in cursor:
            count, total = count + 1, total + i
            self.assertEqual(len(text), 100)
        self.assertEqual((count, total), (200000, 200000 * 199999 // 2))

    def test_an_asynchronous_statement_is_fetched_later(self):
        cursor = self.connection.cursor()
        query_id = cursor.execute_async("SELECT 42")["queryId"]
        cursor.get_results_from_sfqid(query_id)
        self.assertEqual(cursor.fetchall(), [(42,)])

    def test_an_asynchronous_statement_is_found_by_the_id_that_its_client_was_told(self):
        cursor = self.connection.cursor()
        cursor.execute_async("SELECT 1 AS one UNION ALL SELECT 2 ORDER BY 1")
        query_id = cursor.sfqid
        cursor.get_results_from_sfqid(query_id)
        self.assertEqual(cursor.fetchall(), [(1,), (2,)])
        self.assertEqual(self.rows(f"SELECT one FROM TABLE(RESULT_SCAN('{query_id}')) ORDER BY 1"), [(1,), (2,)])

    def test_the_stage_of_put_may_be_a_bind(self):  # as write_pandas sends it
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bound.csv"
            path.write_text("1,a\n")
            self.run_sql("CREATE OR REPLACE STAGE bound")
            (put,) = self.rows(f"PUT 'file://{path}' ? PARALLEL = 4 SOURCE_COMPRESSION = AUTO_DETECT", "@bound/in")
            self.assertEqual((put[0], put[6]), ("bound.csv", "UPLOADED"))
            self.assertEqual(self.rows("SELECT $2 FROM @bound/in"), [("a",)])

    def test_put_and_get_move_files(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for number in (1, 2):
                (folder / f"data{number}.csv").write_text(f"{number},row {number}\n")
            self.run_sql("CREATE OR REPLACE STAGE files", "CREATE OR REPLACE TABLE put (i NUMBER, t VARCHAR)")
            put = self.rows(f"PUT file://{folder}/data*.csv @files/in")
            self.assertEqual([(row[0], row[1], row[6]) for row in sorted(put)],
                             [("data1.csv", "data1.csv.gz", "UPLOADED"), ("data2.csv", "data2.csv.gz", "UPLOADED")])
            self.assertEqual(self.rows(f"PUT file://{folder}/data1.csv @files/in")[0][6], "SKIPPED")
            self.assertEqual([row[0] for row in self.rows("LIST @files")], ["files/in/data1.csv.gz", "files/in/data2.csv.gz"])
            self.run_sql("COPY INTO put FROM @files/in")
            self.assertEqual(self.rows("SELECT * FROM put ORDER BY i"), [(1, "row 1"), (2, "row 2")])
            (folder / "back").mkdir()
            got = self.rows(f"GET @files/in file://{folder}/back/")
            self.assertEqual([(row[0], row[2]) for row in sorted(got)],
                             [("data1.csv.gz", "DOWNLOADED"), ("data2.csv.gz", "DOWNLOADED")])
            self.assertEqual(gzip.decompress((folder / "back" / "data1.csv.gz").read_bytes()), b"1,row 1\n")

    def test_a_large_file_is_put_as_it_is(self):
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "large.csv"
            path.write_text("".join(f"{i},{'x' * 90}\n" for i in range(60_000)))
            self.run_sql("CREATE OR REPLACE TABLE large (i NUMBER, t VARCHAR)")
            (put,) = self.rows(f"PUT file://{path} @%large AUTO_COMPRESS = FALSE OVERWRITE = TRUE")
            self.assertEqual((put[1], put[3], put[6]), ("large.csv", path.stat().st_size, "UPLOADED"))
            self.run_sql("COPY INTO large FROM @%large PURGE = TRUE")
            self.assertEqual(self.rows("SELECT count(*), sum(i) FROM large"), [(60_000, 59_999 * 30_000)])
            self.assertEqual(self.rows("LIST @%large"), [])

    def test_a_directory_table_leads_to_the_files(self):
        with tempfile.TemporaryDirectory() as name:
            (pathlib.Path(name) / "photo 1.jpg").write_bytes(b"\xff\xd8 not really")
            self.run_sql("CREATE OR REPLACE STAGE photos DIRECTORY = (ENABLE = TRUE)")
            self.rows(f"PUT 'file://{name}/photo 1.jpg' @photos/2026 AUTO_COMPRESS = FALSE")
            self.assertEqual(self.rows("ALTER STAGE photos REFRESH"),
                             [("2026/photo 1.jpg", "REGISTERED_NEW", "File registered successfully.")])
            ((path, size),) = self.rows("SELECT relative_path, size FROM DIRECTORY(@photos)")
            self.assertEqual((path, size), ("2026/photo 1.jpg", 13))
            ((address,),) = self.rows(f"SELECT GET_PRESIGNED_URL(@photos, '{path}', 60)")
            with urllib.request.urlopen(address) as answer:
                self.assertEqual(answer.read(), b"\xff\xd8 not really")
            for wrong in (address.replace("photo", "phota"), address[:-1] + ("0" if address[-1] != "0" else "1")):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(wrong)
                self.assertEqual(refused.exception.code, 403)

    def test_two_sessions_work_side_by_side(self):
        self.run_sql("CREATE OR REPLACE TABLE shared (i NUMBER)")
        failures = []

        def insert(number):
            try:
                with connect(database="py", schema="test") as connection:
                    connection.cursor().execute("INSERT INTO shared VALUES (?)", (number,))
            except Exception as error:  # reported by the test's own thread
                failures.append(error)

        threads = [threading.Thread(target=insert, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.rows("SELECT count(*), sum(i) FROM shared"), [(4, 6)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
