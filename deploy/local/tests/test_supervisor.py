"""One process at a time: the pause that grows, the order of stopping, and what is not ours."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from localcity import records
from localcity.home import Home
from localcity.processes import Program
from localcity.supervisor import Supervisor
from localcity.trouble import TroubleError


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    made.make()
    yield made
    shutil.rmtree(made.database_place(), ignore_errors=True)


def program(name, code, **rest):
    return Program(
        name=name, words=(sys.executable, "-c", code), environment=dict(os.environ), **rest
    )


def test_the_pause_before_a_restart_doubles(home, capsys):
    with Supervisor(home) as supervisor:
        supervisor.keep(program("short", "raise SystemExit(3)"))
        with pytest.raises(TroubleError, match="short ends at each start"):
            supervisor.wait_for("short", lambda: False, seconds_max=20)
    told = [line for line in capsys.readouterr().out.splitlines() if "ended with code 3" in line]
    assert [line.rpartition(" in ")[2] for line in told] == ["0.2 s", "0.4 s", "0.8 s"]


def test_one_that_says_nothing_any_more_is_ended_and_started_again(home, capsys, monkeypatch):
    monkeypatch.setenv("YIWANG_HANG_SECONDS", "0.2")
    sleeper = "import time; time.sleep(60)"
    with Supervisor(home) as supervisor:
        supervisor.keep(program("mute", sleeper, answers=lambda: False))
        supervisor.keep(program("well", sleeper, answers=lambda: True))
        before = supervisor.pids

        def is_replaced():
            supervisor.end_hung()
            return supervisor.pids.get("mute") not in {None, before["mute"]}

        supervisor.wait_for("a new one", is_replaced, seconds_max=20)
        assert supervisor.pids["well"] == before["well"]
    assert "mute does not answer; ending it to start it again" in capsys.readouterr().out


def test_one_that_does_not_end_when_asked_is_killed(home, capsys):
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    with Supervisor(home) as supervisor:
        supervisor.keep(program("stubborn", stubborn, stop_seconds=0.2))
        supervisor.wait_for(
            "it", lambda: "deaf" in home.log("stubborn").read_text(), seconds_max=20
        )
        pid = supervisor.pids["stubborn"]
    assert records.ticks_of(pid) is None
    assert "stubborn did not end in time" in capsys.readouterr().out


def test_what_is_late_is_said_with_its_time(home):
    with (
        Supervisor(home) as supervisor,
        pytest.raises(TroubleError, match="the moon is not ready after 0 s"),
    ):
        supervisor.wait_for("the moon", lambda: False, seconds_max=0.1)


def test_a_pid_that_now_belongs_to_somebody_else_is_left_alone(home):
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        records.write_json(home.supervisor_file, {"workorder": {"pid": stranger.pid, "ticks": "1"}})
        assert records.stop_orphans(home) == []
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n")


def test_an_orphan_that_is_ours_is_stopped(home):
    orphan = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    records.write_records(home, {"workorder": orphan.pid})
    assert records.stop_orphans(home) == ["workorder"]
    assert orphan.wait(10) == -signal.SIGTERM
    orphan.communicate()


def test_signals_are_as_they_were_afterwards(home):
    before = signal.getsignal(signal.SIGINT)
    began = time.monotonic()
    with Supervisor(home):
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
    assert time.monotonic() - began < 5
