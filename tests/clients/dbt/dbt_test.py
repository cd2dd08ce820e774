"""The unmodified dbt-snowflake: a project of every materialization is built, its sources change, and it is built again."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import snowflake.connector

PROJECT = pathlib.Path(__file__).parent / "project"
DBT = pathlib.Path(sys.executable).parent / "dbt"


class Dbt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="freshet-dbt-")
        cls.project = pathlib.Path(cls.folder.name) / "project"
        shutil.copytree(PROJECT, cls.project)
        cls.connection = snowflake.connector.connect(
            account="freshet", protocol="http", host=os.environ["FRESHET_HOST"], port=int(os.environ["FRESHET_PORT"]),
            user=os.environ["FRESHET_USER"], password=os.environ["FRESHET_PASSWORD"])
        cls.connection.cursor().execute("CREATE DATABASE shop")

    @classmethod
    def tearDownClass(cls):
        cls.connection.close()
        cls.folder.cleanup()

    def dbt(self, *arguments):
        done = subprocess.run([DBT, "--no-use-colors", *arguments], cwd=self.project, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def rows(self, sql):
        return self.connection.cursor().execute(sql).fetchall()

    def seed(self, name, *lines):
        path = self.project / "seeds" / f"{name}.csv"
        header = path.read_text().splitlines()[0]
        path.write_text("\n".join([header, *lines]) + "\n")

    def test_a_project_is_built_again_when_its_sources_change(self):
        self.dbt("build")
        self.assertEqual(self.rows("SELECT customer_id, orders, total::varchar FROM shop.main.totals ORDER BY 1"),
                         [(1, 2, "30.75"), (2, 1, "5.00"), (3, 0, None)])
        self.seed("raw_customers", "1,Ann Lee,2026-02-01 10:00:00", "3,Cid,2026-01-03 12:00:00")
        self.seed("raw_orders", "1,1,10.50,placed,2026-01-05", "2,1,20.25,placed,2026-01-06", "3,2,5.00,shipped,2026-01-07",
                  "4,3,7.00,placed,2026-01-08")
        self.dbt("build")

        self.assertEqual(self.rows("SELECT id, status FROM shop.main.orders ORDER BY 1"),
                         [(1, "placed"), (2, "placed"), (3, "shipped"), (4, "placed")])
        self.assertEqual(self.rows("SELECT id, status FROM shop.main.order_log ORDER BY 1"),
                         [(1, "placed"), (2, "placed"), (3, "returned"), (4, "placed")])
        self.assertEqual(self.rows("SELECT id, amount::varchar FROM shop.main.orders_replaced ORDER BY 1")[0], (1, "10.5"))
        self.assertEqual(
            self.rows("SELECT id, name, dbt_valid_to IS NULL FROM shop.history.customer_history ORDER BY id, dbt_valid_from"),
            [(1, "Ann", False), (1, "Ann Lee", True), (2, "Bob", False), (3, "Cid", True)])
        self.assertEqual(
            self.rows("SELECT id, status, dbt_valid_to IS NULL FROM shop.history.order_history ORDER BY id, dbt_valid_from"),
            [(1, "placed", True), (2, "placed", True), (3, "returned", False), (3, "shipped", True), (4, "placed", True)])
        self.assertEqual(self.rows("SELECT comment, retention_time FROM shop.information_schema.tables WHERE table_name = 'TOTALS'"),
                         [("What each customer's orders come to", 0)])

        self.dbt("docs", "generate")
        catalog = json.loads((self.project / "target" / "catalog.json").read_text())
        self.assertEqual(catalog["nodes"]["model.shop.totals"]["columns"]["CUSTOMER_ID"]["comment"], "The customer's number")
        self.dbt("run", "--full-refresh")


unittest.main(verbosity=2)
