"""`make web` as a person starts it."""

import os
import re
import signal
import socket
import subprocess
import sys

import httpx

from tests.web.site import ROOT

COMMAND = [sys.executable, "-m", "examples.web", "--port"]
KEYLESS = {key: value for key, value in os.environ.items() if not key.startswith("OPENAI_")}


def test_program_prints_its_address_and_serves_the_pages() -> None:
    with subprocess.Popen(
        [*COMMAND, "0"], cwd=ROOT, env=KEYLESS, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout is not None
            assert "recorded answers" in program.stdout.readline()
            [address] = re.findall(r"Open (http\S+)", program.stdout.readline())
            for page in ("", "vue.html"):
                assert '<div id="app">' in httpx.get(address + page).text
            assert httpx.get(address + "service").json() == {"recorded": True}
        finally:
            program.send_signal(signal.SIGINT)
        assert program.wait(20) == 0


def test_program_says_in_one_line_that_the_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, str(port)], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "Address already in use" in line
    assert str(port) in line
