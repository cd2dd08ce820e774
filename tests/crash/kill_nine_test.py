"""kill -9 at random moments of the demo, then start again on the same data folder: nothing is lost, nothing is doubled.

Each round renames new files into the input folder, starts `freshet demo --once` and kills it after a random while; the last round runs
to its end, and the demo's own checks must hold over everything that came in. The seed of the kill moments is printed; set
FRESHET_SEED to repeat a run, FRESHET_ROUNDS for more rounds.
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import unittest

FRESHET = os.environ["FRESHET"]
ROUNDS = int(os.environ.get("FRESHET_ROUNDS", "25"))
SEED = int(os.environ.get("FRESHET_SEED", str(random.SystemRandom().randrange(2**31))))
FILES_PER_ROUND = 2
ROWS = 400


class KillNine(unittest.TestCase):
    def test_after_every_kill_the_checks_hold(self):
        print(f"FRESHET_SEED={SEED} FRESHET_ROUNDS={ROUNDS}", flush=True)
        moments = random.Random(SEED)
        with tempfile.TemporaryDirectory(prefix="freshet-crash-") as folder:
            root = pathlib.Path(folder)
            files = self.generate(root / "made", (ROUNDS + 1) * FILES_PER_ROUND)
            inbox = root / "inbox"
            inbox.mkdir()
            for round_number in range(ROUNDS):
                self.deliver(files, inbox)
                self.run_and_kill(root, inbox, moments.uniform(0.02, 1.5))
            self.deliver(files, inbox)
            summary = self.run_to_its_end(root, inbox)
            self.assertEqual([check for check in summary["checks"] if not check["ok"]], [])
            self.assertTrue(summary["ok"])
            self.assertEqual(summary["files"], (ROUNDS + 1) * FILES_PER_ROUND)
            self.assertEqual(summary["raw_rows_loaded"], self.rows_delivered)
            self.assertEqual(summary["history_current_rows"], summary["customer_rows"])

    def generate(self, folder, count):
        subprocess.run(
            [FRESHET, "generate", "customers", "--rows", str(ROWS), "--files", str(count), "--seed", str(SEED), "--out", str(folder)],
            check=True, stdout=subprocess.DEVNULL)
        files = sorted(folder.glob("customer_*.csv"))
        self.assertEqual(len(files), count)
        self.rows_delivered = sum(len(file.read_bytes().splitlines()) - 1 for file in files)
        return files

    def deliver(self, files, inbox):
        for _ in range(FILES_PER_ROUND):
            file = files.pop(0)
            file.rename(inbox / file.name)

    def command(self, root, inbox, *more):
        return [FRESHET, "demo", "--data", str(root / "data"), "--input", str(inbox), "--once", *more]

    def run_and_kill(self, root, inbox, after_seconds):
        with open(root / "log", "ab") as log:
            process = subprocess.Popen(self.command(root, inbox), stdout=log, stderr=log)
            try:
                process.wait(after_seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()

    def run_to_its_end(self, root, inbox):
        report = root / "summary.json"
        done = subprocess.run(self.command(root, inbox, "--json", str(report)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        if done.returncode != 0:
            sys.stdout.buffer.write((root / "log").read_bytes()[-20_000:] + done.stdout)
        self.assertEqual(done.returncode, 0)
        return json.loads(report.read_text())


if __name__ == "__main__":
    unittest.main()
