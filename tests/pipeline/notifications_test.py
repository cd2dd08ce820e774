"""Failures reach a webhook on this machine and the event table; other machines are not called unless the configuration allows it."""

import http.server
import json
import pathlib
import tempfile
import threading
import unittest

from server import Server, wait_until


class Hook(http.server.ThreadingHTTPServer):
    """Keeps what is posted to it; answers 503 as long as `down` says so."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.posts = []
        self.down = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        failing = self.server.down > 0
        if failing:
            self.server.down -= 1
        else:
            self.server.posts.append((dict(self.headers), body))
        self.send_response(503 if failing else 200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Notifications(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="freshet-notifications-")
        cls.addClassCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        (root / "inbox").mkdir()
        cls.server = Server(root)
        cls.addClassCleanup(cls.server.stop)
        cls.hook = Hook()
        cls.addClassCleanup(cls.hook.shutdown)

    def setUp(self):
        self.hook.posts.clear()

    def integration(self, name, more=""):
        self.server.sql(f"create or replace notification integration {name} type = webhook enabled = true "
                        f"webhook_url = '{self.hook.url}' {more}")

    def posted(self):
        return wait_until(f"a post\n{self.server.log_text()[-4000:]}", lambda: self.hook.posts)

    def test_a_failed_task_is_told(self):
        self.integration("task_hook")
        self.server.sql("create task fails error_integration = task_hook as select to_number('x')")
        self.server.sql("execute task fails")
        ((headers, body),) = self.posted()
        message = json.loads(body)
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(message["messageType"], "USER_TASK_FAILED")
        self.assertEqual(message["taskName"], "SCD_DEMO.SCD2.FAILS")
        self.assertEqual(message["messages"][0]["errorCode"], "100038")
        self.assertEqual(self.server.number("select count(*) from snowflake.telemetry.events where record_type = 'EVENT' "
                                            "and resource_attributes:\"snow.executable.name\" = 'FAILS'"), 1)

    def test_a_file_that_does_not_load_is_told_and_a_hook_that_is_down_is_tried_again(self):
        self.integration("pipe_hook", "webhook_body_template = '{\"text\": \"SNOWFLAKE_WEBHOOK_MESSAGE\"}' "
                         "webhook_headers = ('X-Channel'='loads')")
        self.hook.down = 1
        pipe = self.server.sql("show pipes")[0]["name"]
        self.server.sql(f"alter pipe {pipe} set error_integration = pipe_hook")
        self.server.drop("broken.csv", "customer_id,first_name\nnot a number,x\n")
        ((headers, body),) = self.posted()
        self.assertEqual(headers["X-Channel"], "loads")
        message = json.loads(json.loads(body)["text"])
        self.assertEqual(message["messageType"], "INGEST_FAILED_FILE")
        self.assertIn("broken.csv", message["messages"][0]["fileName"])

    def test_other_machines_are_not_called(self):
        self.server.sql("create or replace notification integration outside type = webhook enabled = true "
                        "webhook_url = 'http://192.0.2.1/hook'")
        self.server.sql("call system$send_snowflake_notification('{\"text/plain\": \"x\"}', '{\"outside\": {}}')")
        (row,) = wait_until("the outcome", lambda: self.server.sql(
            "select status, error_message from table(information_schema.notification_history(integration_name => 'OUTSIDE')) "
            "where status <> 'QUEUED'"))
        self.assertEqual(row["STATUS"], "FAILED")
        self.assertIn("may not be called", row["ERROR_MESSAGE"])


if __name__ == "__main__":
    unittest.main()
