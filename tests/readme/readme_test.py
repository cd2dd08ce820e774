"""The commands that the project's pages show, run as they stand there.

Each runs in a folder laid out as the project: `build/release/freshet` is the program under test, `examples` a copy whose server takes free
ports and a folder of its own as inbox. What stands in NOT_RUN is not run, for the reason given there."""

import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest

FRESHET = pathlib.Path(os.environ["FRESHET"]).resolve()
PROJECT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = "build/release/freshet"
PATIENCE_SECONDS = 120

BUILDS = "builds the project, of which this test is a part"
TESTS = "runs the tests, of which this is one"
NOT_RUN = {
    "script/bootstrap": "installs packages on the machine",
    "script/bootstrap --clients": "installs packages on the machine",
    "script/demo": BUILDS,
    "script/build [PRESET]": BUILDS,
    "script/bench [NAME…]": BUILDS,
    "script/bench": BUILDS,
    "script/test": TESTS,
    "script/test [PRESET]": TESTS,
    "script/format": "rewrites the sources",
    "script/compatibility": "rewrites docs/compatibility.md, which the test of that name compares",
    "ctest --preset debug -R clients": TESTS,
    "ctest --preset debug -R '^cli$'": TESTS,
    "ctest --preset debug -R '^readme$'": TESTS,
    "FRESHET=build/debug/freshet python3 tests/cli/cli_test.py Sql.test_…": TESTS,
    "FRESHET=build/debug/freshet python3 tests/readme/readme_test.py": TESTS,
}


def pages():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=PROJECT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [PROJECT / name for name in listed.stdout.split()]
    return [page for page in PROJECT.rglob("*.md") if not page.is_relative_to(PROJECT / "build")]


def is_command(text):
    return re.match(r"(\w+=\S+ )*(build/\S+/|script/|ctest |python3? |cmake |aws )", text) is not None


def commands(page):
    """What a page shows in blocks (indented or fenced) and between backticks within a line."""
    found, fenced = [], False
    for line in page.read_text().splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            found.append(re.sub(r"\s+# .*", "", line).strip().removeprefix("$ "))
        else:
            found.extend(re.findall(r"`([^`]+)`", line))
    return [text for text in found if is_command(text)]


class Readme(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="freshet-readme-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / PROGRAM).parent.mkdir(parents=True)
        (self.root / PROGRAM).symlink_to(FRESHET)
        shutil.copytree(PROJECT / "examples", self.root / "examples")
        config = self.root / "examples/customer-scd/freshet.yaml"
        text = config.read_text()
        self.inbox = self.root / "inbox"
        self.inbox.mkdir()
        self.assertIn("/tmp/freshet-inbox", text)
        config.write_text(text.replace("/tmp/freshet-inbox", str(self.inbox)) + "port: 0\ns3_port: 0\n")
        self.not_yet_run = [command for command in commands(PROJECT / "README.md") if command not in NOT_RUN]

    def shown(self, start):
        """The command of README.md that begins so, word by word; it counts as run."""
        command = next((command for command in self.not_yet_run if command.startswith(f"{PROGRAM} {start}")), None)
        self.assertIsNotNone(command, f"README.md shows no command '{PROGRAM} {start}…' (any more)")
        self.not_yet_run.remove(command)
        return shlex.split(command)

    def run_whole(self, start):
        done = subprocess.run(self.shown(start), cwd=self.root, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def begin(self, start, first):
        """A command that goes on until Ctrl-C, up to its first line that begins with `first`."""
        running = subprocess.Popen(self.shown(start), cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(running.stdout.close)
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        line = next((line for line in running.stdout if line.startswith(first)), None)
        self.assertIsNotNone(line, f"'{start}' printed no line that begins with '{first}'")
        return running, line

    def end(self, running):
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(timeout=PATIENCE_SECONDS), 0)

    def test_the_commands_of_readme(self):
        files = self.root / "my/csv/files"
        files.mkdir(parents=True)
        shutil.copy(PROJECT / "tests/data/customer_20241023154546.csv", files)
        self.run_whole("demo --input my/csv/files --once")
        summary = json.loads((self.root / "summary.json").read_text())
        self.assertTrue(summary["ok"])
        self.assertEqual((summary["files"], summary["customer_rows"]), (1, 10000))

        server, _ = self.begin("serve --config examples/customer-scd/freshet.yaml", "ready ")
        self.assertIn("CUSTOMER_HISTORY", self.run_whole("sql --data freshet-data -q 'SHOW TABLES'"))
        generator, _ = self.begin("generate customers --rows 1000 --out DIR --every 3s", "DIR/customer_")
        self.end(generator)
        self.assertEqual(len(list((self.root / "DIR").glob("customer_*.csv"))), 1)
        self.end(server)
        self.assertEqual(self.not_yet_run, [], "README.md shows commands that this test does not know: run them or say why not")

    def test_no_other_page_shows_a_command_that_nobody_runs(self):
        for page in pages():
            if page == PROJECT / "README.md":
                continue
            for command in commands(page):
                with self.subTest(page=page.relative_to(PROJECT), command=command):
                    self.assertIn(command, NOT_RUN)

    def test_the_scripts_that_pages_name_are_there(self):
        named = {word for page in pages() for word in re.findall(r"\bscript/\w+", page.read_text())}
        for script in sorted(named):
            with self.subTest(script=script):
                self.assertTrue(os.access(PROJECT / script, os.X_OK))

    def test_what_is_not_run_is_still_shown(self):
        everywhere = {command for page in pages() for command in commands(page)}
        self.assertEqual(sorted(set(NOT_RUN) - everywhere), [])

    def test_the_links_of_pages_lead_somewhere(self):
        for page in pages():
            for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
                with self.subTest(page=page.relative_to(PROJECT), target=target):
                    self.assertTrue((page.parent / target).exists())

    def test_a_configuration_of_all_documented_defaults_starts(self):
        rows = re.findall(r"^\| `([\w.]+)` \| (.+?) \|", (PROJECT / "docs/configuration.md").read_text(), re.MULTILINE)
        defaults = {key: value.strip("`") for key, value in rows if value != "none"}
        self.assertEqual((defaults["port"], defaults["s3_port"]), ("8472", "8473"))  # README.md and the clients rely on them
        defaults.update(port="0", s3_port="0")
        config = self.root / "freshet.yaml"
        config.write_text("".join(f"{key}: {value}\n" for key, value in defaults.items()))
        server = subprocess.Popen([FRESHET, "serve", "--config", config], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.kill)
        self.assertTrue(any(line.startswith("ready ") for line in server.stdout))
        self.end(server)
        self.assertTrue((self.root / defaults["data"] / "credentials.yaml").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
