"""A real `freshet serve` for a test: its folders, its addresses, SQL over the client protocol, signed S3 requests."""

import datetime
import hashlib
import hmac
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

FRESHET = os.environ["FRESHET"]
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "customer-scd"
HEADER = "customer_id,first_name,last_name,email,street,city,state,country\n"
PATIENCE_SECONDS = 30


def wait_until(what, probe, seconds=PATIENCE_SECONDS):
    """The first true value of `probe`; fails with `what` and the last value when it does not come."""
    bound = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > bound:
            raise AssertionError(f"waited {seconds} s for {what}; the last answer was {value!r}")
        time.sleep(0.02)


class SqlError(Exception):
    def __init__(self, answer):
        super().__init__(answer["message"])
        self.code = answer["code"]
        self.sql_state = (answer.get("data") or {}).get("sqlState")


class Server:
    """Starts with the customer example in its triggered form, in `root`; a second one may go on with the same `data`."""

    def __init__(self, root, data=None, inbox=None, flow=EXAMPLE / "flow.json", prepare=None):
        self.root = pathlib.Path(root)
        self.data = pathlib.Path(data or self.root / "data")
        self.inbox = pathlib.Path(inbox or self.root / "inbox")
        self.log_path = self.root / "log"
        config = self.root / "freshet.yaml"
        config.write_text(configuration(self.data, self.inbox, flow))
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen([FRESHET, "serve", "--config", str(config)], stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, preexec_fn=prepare)
        self.address = self.s3_address = None
        for line in self.process.stdout:
            if line.startswith("ready "):
                fields = dict(field.split("=", 1) for field in line.split()[1:])
                self.address, self.s3_address = fields["snowflake"], fields["s3"]
                break
        if self.address is None:
            raise AssertionError(f"freshet serve ended with {self.process.wait()}: {self.log_text()}")
        self.credentials = dict(line.split(": ", 1) for line in (self.data / "credentials.yaml").read_text().splitlines() if ": " in line)
        self.token = None

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE_SECONDS)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.log.close()

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    # The Snowflake client protocol.

    def post(self, path, body):
        headers = {"Content-Type": "application/json", "Accept": "application/snowflake"}
        if self.token:
            headers["Authorization"] = f'Snowflake Token="{self.token}"'
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def login(self, password):
        return self.post("/session/v1/login-request", {"data": {"LOGIN_NAME": self.credentials["user"], "PASSWORD": password,
                                                                "CLIENT_APP_ID": "test", "ACCOUNT_NAME": "local"}})

    def sql(self, text):
        """The rows, each a dictionary by column name; cells are strings or None."""
        if self.token is None:
            self.token = self.login(self.credentials["password"])["data"]["token"]
            self.sql("use schema scd_demo.scd2")
        answer = self.post("/queries/v1/query-request", {"sqlText": text})
        if not answer["success"]:
            raise SqlError(answer)
        names = [column["name"] for column in answer["data"]["rowtype"]]
        return [dict(zip(names, row)) for row in answer["data"]["rowset"]]

    def number(self, text):
        return int(next(iter(self.sql(text)[0].values())))

    def copy_history(self, file, table="CUSTOMER_RAW"):
        return self.sql(f"select * from table(information_schema.copy_history(table_name => '{table}', "
                        f"start_time => dateadd(hour, -1, current_timestamp()))) where file_name like '%{file}'")

    def status(self):
        with urllib.request.urlopen(self.address + "/status.json", timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def bulletin(self, text):
        return [bulletin for bulletin in self.status()["bulletins"] if text in bulletin["message"]]

    # S3.

    def put_object(self, bucket, key, content, secret=None):
        """The status and the body of the answer."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        host = self.s3_address.removeprefix("http://")
        digest = hashlib.sha256(content).hexdigest()
        headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(sorted(headers))
        canonical = "\n".join(["PUT", f"/{bucket}/{key}", "", *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, digest])
        scope = f"{now[:8]}/us-east-1/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = ("AWS4" + (secret or self.credentials["s3_secret_key"])).encode()
        for part in [*scope.split("/"), to_sign]:
            signature = hmac.digest(signature, part.encode(), "sha256")
        headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.credentials['s3_access_key']}/{scope}, SignedHeaders={names}, "
                                    f"Signature={signature.hex()}")
        request = urllib.request.Request(f"{self.s3_address}/{bucket}/{key}", content, headers, method="PUT")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    # Files.

    def drop(self, name, content):
        """The file appears in the inbox whole."""
        made = self.inbox / ("." + name)
        made.write_text(content)
        made.rename(self.inbox / name)


def configuration(data, inbox, flow):
    scripts = "".join(f"- {script}\n" for script in sorted((EXAMPLE / "triggered").glob("*.sql")))
    return (f"data: {data}\nport: 0\ns3_port: 0\nbuckets: [customer-data]\nflow:\n  definition: {flow}\n  parameters:\n"
            f"    input.directory: {inbox}\n    bucket: customer-data\nscripts:\n{scripts}")


def customer(number, name="Ann"):
    return f"{number},{name},Lee,{name.lower()}@example.com,12 Main St,Springfield,Ohio,USA\n"
