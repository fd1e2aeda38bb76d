"""Real processes on real terminals and pipes: progress, colour, Ctrl-C, a reader who goes away."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import time
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest
from tests.cli.calling import INTERVIEWS, Say

from persona.cli.progress import Progress
from persona.cli.screen import Screen

START = [sys.executable, "-m", "persona"]


class Outcome:
    """What a process on a terminal printed, and its exit status."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text


def on_terminal(command: list[str], folder: Path, *, width: int = 80, answer: str = "", **environ: str) -> Outcome:
    """Run a command with a terminal for all three streams."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    given = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**given, "TERM": "xterm", **environ},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        if answer:
            os.write(ours, answer.encode())
        text = b""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if not select.select([ours], [], [], 0.1)[0]:
                continue
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            text += part
        status = process.wait(timeout=30)
    os.close(ours)
    return Outcome(status, text.decode())


def test_a_terminal_gets_colour_and_a_table_that_fits(shop: Path) -> None:
    seen = on_terminal([*START, "run", "list"], shop, width=60)
    assert seen.status == 0
    assert "\x1b[32mcompleted\x1b[0m" in seen.text
    bare = re.sub(r"\x1b\[[0-9;]*m", "", seen.text)
    rows = [line for line in bare.splitlines() if line.startswith("run_")]
    assert len(rows) == 2
    assert max(map(len, rows)) <= 60
    assert all(re.match(r"run_\d{8}_\d{6}_\w{6}  completed", row) for row in rows)


def test_a_terminal_without_colour(shop: Path) -> None:
    assert "\x1b[3" not in on_terminal([*START, "run", "list"], shop, NO_COLOR="1").text
    assert "\x1b[3" not in on_terminal([*START, "run", "list", "--color", "never"], shop).text


def test_colour_can_be_forced_into_a_pipe(say: Say, shop: Path) -> None:
    assert "\x1b[32m" in say("run", "list", "--color", "always").out


SLOW = (
    "import time\n"
    "from persona.cli.session import Session\n"
    "session = Session()\n"
    "session.quiet, session.verbose = {quiet}, {verbose}\n"
    "with session.progress() as progress:\n"
    "    for done in range(3):\n"
    "        progress('importing', done, 3)\n"
    "        time.sleep({pause})\n"
    "    progress('grouping', 0, 1)\n"
    "print('data')\n"
)


def test_progress_shows_on_a_terminal_after_a_second_and_is_wiped(tmp_path: Path) -> None:
    script = SLOW.format(quiet=False, verbose=0, pause=0.6)
    seen = on_terminal([sys.executable, "-c", script], tmp_path)
    assert seen.status == 0
    assert re.search(r"\r\x1b\[Kimporting +\[#+\.+\] +\d of 3 +\d\.\d s", seen.text)
    drawn, _, after = seen.text.rpartition("\r\x1b[K")
    assert drawn
    assert after.strip() == "data"


def test_what_is_quick_draws_nothing(tmp_path: Path) -> None:
    script = SLOW.format(quiet=False, verbose=0, pause=0.01)
    assert on_terminal([sys.executable, "-c", script], tmp_path).text.strip() == "data"


def test_quiet_draws_nothing_on_a_terminal(tmp_path: Path) -> None:
    script = SLOW.format(quiet=True, verbose=0, pause=0.6)
    assert on_terminal([sys.executable, "-c", script], tmp_path).text.strip() == "data"


@pytest.mark.parametrize(("verbose", "told"), [(0, ""), (1, "importing\ngrouping\n")])
def test_a_pipe_gets_a_line_a_stage_when_asked_and_else_nothing(verbose: int, told: str, tmp_path: Path) -> None:
    script = SLOW.format(quiet=False, verbose=verbose, pause=0.5)
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("data\n", told)


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize(("done", "total"), [(0, 0), (0, 1), (45, 125), (70, 100), (500, 125)])
def test_the_line_never_wraps(width: int, done: int, total: int) -> None:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        screen = Screen(nowhere)
        screen.width = width
        progress = Progress(screen, draw=False, tell=False)
        progress("a stage with a very long name that goes on and on", done, total)
        assert len(progress.line()) < width


def test_a_question_on_a_terminal_can_be_answered(shop: Path) -> None:
    command = [*START, "artefact", "export", "--output", "variants.yaml"]
    refused = on_terminal(command, shop, answer="n\n")
    assert refused.status == 4
    assert "overwrite variants.yaml? [y/N]" in refused.text
    assert on_terminal([*command, "--no-input"], shop).status == 4
    assert on_terminal(command, shop, answer="y\n").status == 0
    assert (shop / "variants.yaml").read_text(encoding="utf-8").startswith("personas:")


def test_ctrl_c_stops_with_130_and_the_run_is_recorded_as_cancelled(say: Say, empty: Path) -> None:
    for number in range(60):
        text = INTERVIEWS["P01.txt"].replace("P01", f"P{number:03}").replace("weekly", f"weekly{number}")
        (empty.parent / "interviews" / f"P{number:03}.txt").write_text(text * 40, encoding="utf-8")
    assert say("init").status == 0
    assert say("project", "create", "Long").status == 0
    assert say("source", "import", "../interviews").status == 0
    with subprocess.Popen(
        [*START, "generate", "-v"], cwd=empty, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        told = []
        for line in process.stderr:
            told.append(line.strip())
            if len(told) == 2:  # a stage of the engine: the run has been planned and has begun
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), (told, err)
    assert "error: stopped; what was recorded until now is kept" in err
    assert "Traceback" not in err
    runs = say("run", "list", "--json").json()["data"]["items"]
    assert [run["status"] for run in runs] == ["cancelled"]
    assert say("run", "list", "--status", "cancelled").out.count("cancelled") == 1
    verified = say("verify")
    assert verified.status == 0, verified


def test_a_reader_who_goes_away_is_no_error(shop: Path) -> None:
    for arguments in (["source", "show", "P01.txt"], ["run", "list", "--json"], ["explain"], ["--help"], ["run"]):
        with subprocess.Popen(
            [*START, *arguments], cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.close()
            assert process.stderr is not None
            err = process.stderr.read().decode()
            status = process.wait(timeout=60)
        assert (status, err) == (0, ""), arguments


def test_verbose_help_for_the_shell_prints_a_script(tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run([*START, "completion", shell], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert "_PERSONA_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("persona ru", {"run"}),
        ("persona run re", {"reproduce", "restore"}),
        ("persona project use sh", {"shop-research"}),
        ("persona experiment run te", {"temp-test"}),
        ("persona source show P0", {"P01.txt", "P02.txt", "P03.md"}),
        ("persona artefact show pe", {"personas"}),
        ("persona explain variant-n", {"variant-not-found"}),
        ("persona run list --exp", {"--experiment"}),
    ],
)
def test_the_shell_completes_commands_and_names(words: str, wanted: set[str], shop: Path) -> None:
    environ = {"_PERSONA_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = subprocess.run(START, cwd=shop, env={**os.environ, **environ}, capture_output=True, text=True, check=True)
    assert {line.partition(",")[2] for line in done.stdout.split()} == wanted
    assert done.stderr == ""


def test_completion_outside_a_workspace_is_silent(tmp_path: Path) -> None:
    environ = {"_PERSONA_COMPLETE": "bash_complete", "COMP_WORDS": "persona run show r", "COMP_CWORD": "3"}
    done = subprocess.run(
        START, cwd=tmp_path, env={**os.environ, **environ}, capture_output=True, text=True, check=True
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")
