"""Three hosts on one machine, with a cluster of Spark: a network namespace each, and a switch.

Source: the installed pyspark; `ip` of iproute2, and the right to make network namespaces.
Shape:  a context: the first host has the master, and the build runs there; each other one has
        a worker. Their addresses exist in these namespaces only. The switch is a bridge in a
        namespace of its own, so the machine's network is never touched.
Units:  workers of one core.
Errors: AssertionError where a master or a worker does not start. `missing` says what a machine
        lacks.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from warehouse.lake import extra

PREFIX = "warehouse-test-"
SUBNET = "10.231.77"  # within the namespaces
WORKERS = 2
WORKER_MB, EXECUTOR_MB, DRIVER_MB, DAEMON_MB = 1536, 1024, 1024, 256
START_SECONDS = 60


def missing() -> str | None:
    """Return what this machine lacks; null where hosts can be made."""
    for program in ("ip", "setpriv"):
        if shutil.which(program) is None:
            return f"{program} is missing (Debian: apt-get install iproute2 util-linux)."
    name = f"{PREFIX}{os.getpid()}-try"
    made = ip("netns", "add", name, check=False)
    if made.returncode:
        return f"Network namespaces cannot be made here: {made.stderr.strip()}."
    try:
        linked = ip("-n", name, "link", "add", "switch", "type", "bridge", check=False)
        if linked.returncode:
            return f"A network bridge cannot be made here: {linked.stderr.strip()}."
    finally:
        ip("netns", "del", name)
    return None


def ip(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `ip`."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, (arguments, done.stderr)
    return done


def spark_home() -> Path:
    """Return the folder of the installed Spark."""
    import pyspark  # noqa: PLC0415 (an extra)

    return Path(pyspark.__file__).parent


class Host:
    """One host: programs that run there, and the link to the others."""

    def __init__(self, number: int, folder: Path) -> None:
        self.name = f"{PREFIX}{os.getpid()}-{number}"
        self.address = f"{SUBNET}.{number + 1}"
        self.folder = folder / f"host-{number}"
        self._switch = f"{PREFIX}{os.getpid()}-switch"
        self._port = f"port{number}"
        self._processes: list[subprocess.Popen[str]] = []

    def join(self) -> None:
        """Make the host and connect it."""
        self.folder.mkdir()
        ip("netns", "add", self.name)
        ip(
            *("-n", self._switch, "link", "add", self._port, "type", "veth"),
            *("peer", "name", "eth0", "netns", self.name),
        )
        ip("-n", self._switch, "link", "set", self._port, "master", "switch", "up")
        ip("-n", self.name, "address", "add", f"{self.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            ip("-n", self.name, "link", "set", link, "up")

    def cut(self) -> None:
        """Let nothing through to the host or from it."""
        ip("-n", self._switch, "link", "set", self._port, "down")

    def mend(self) -> None:
        """Let everything through again."""
        ip("-n", self._switch, "link", "set", self._port, "up")

    def start(
        self, *command: str, folder: Path | None = None, **variables: str
    ) -> subprocess.Popen[str]:
        """Start a program there, which ends with this process; its files are the host's own."""
        local = self.folder / "local"
        output = (self.folder / f"{len(self._processes)}.log").open("w")
        with output:
            process = subprocess.Popen(
                [
                    *("ip", "netns", "exec", self.name),
                    *("setpriv", "--pdeathsig", "KILL", *command),
                ],
                env={
                    **os.environ,
                    "SPARK_HOME": str(spark_home()),
                    "SPARK_LOCAL_IP": self.address,
                    "SPARK_LOCAL_DIRS": str(local),
                    "SPARK_DAEMON_MEMORY": f"{DAEMON_MB}m",
                    "JAVA_HOME": str(extra.require_java()),
                    **variables,
                },
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self._processes.append(process)
        return process

    def pids(self) -> set[int]:
        """Return every process of the host, also those that its programs have started."""
        found = ip("netns", "pids", self.name, check=False).stdout
        return {int(pid) for pid in found.split()}

    def fail(self) -> None:
        """End every process at once, as where a host loses its power."""
        while pids := self.pids():
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            for process in self._processes:
                process.poll()
            time.sleep(0.1)
        for process in self._processes:
            process.wait()

    def leave(self) -> None:
        """Leave nothing of the host."""
        self.fail()
        ip("netns", "del", self.name, check=False)


class Cluster:
    """A standalone cluster: the host of its master, and those of its workers."""

    def __init__(self, hosts: Sequence[Host], folder: Path) -> None:
        self.first, *self.others = hosts
        self.master = f"spark://{self.first.address}:7077"
        self.settings = folder / "settings"
        self.settings.mkdir()
        (self.settings / "spark-defaults.conf").write_text(
            f"spark.driver.memory {DRIVER_MB}m\n"
            f"spark.executor.memory {EXECUTOR_MB}m\n"
            "spark.sql.shuffle.partitions 4\n"
        )

    def start(self) -> None:
        """Start the master and the workers; return when they know each other."""
        self.first.start(
            *(
                str(spark_home() / "bin" / "spark-class"),
                "org.apache.spark.deploy.master.Master",
            ),
            *("--host", self.first.address, "--port", "7077"),
        )
        self._until(self.first, "I have been elected leader")
        for host in self.others:
            self.add_worker(host)

    def add_worker(self, host: Host) -> None:
        """Start a worker on a host; return when the master knows it."""
        host.start(
            *(
                str(spark_home() / "bin" / "spark-class"),
                "org.apache.spark.deploy.worker.Worker",
            ),
            *("--host", host.address, "--cores", "1", "--memory", f"{WORKER_MB}m"),
            *("--work-dir", str(host.folder / "work"), self.master),
        )
        self._until(host, "Successfully registered with master")

    def _until(self, host: Host, sentence: str) -> None:
        log = max(host.folder.glob("*.log"), key=lambda file: int(file.stem))
        end = time.monotonic() + START_SECONDS
        while sentence not in (told := log.read_text(errors="replace")):
            assert time.monotonic() < end, told[-2000:]
            time.sleep(0.2)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A running cluster; nothing of it stays, whatever happens."""
    clear_away()
    switch = f"{PREFIX}{os.getpid()}-switch"
    hosts = [Host(number, folder) for number in range(WORKERS + 1)]
    with ExitStack() as leaving:
        leaving.callback(ip, "netns", "del", switch, check=False)
        ip("netns", "add", switch)
        ip("-n", switch, "link", "add", "switch", "type", "bridge")
        ip("-n", switch, "link", "set", "switch", "up")
        for host in hosts:
            leaving.callback(host.leave)
            host.join()
        running = Cluster(hosts, folder)
        running.start()
        yield running


def clear_away() -> None:
    """Remove hosts of tests that were killed; their programs ended with them."""
    for line in ip("netns", "list").stdout.splitlines():
        name = line.split()[0]
        if not name.startswith(PREFIX):
            continue
        pid = name.removeprefix(PREFIX).partition("-")[0]
        if not Path(f"/proc/{pid}").exists():
            for left in ip("netns", "pids", name).stdout.split():
                os.kill(int(left), signal.SIGKILL)
            ip("netns", "del", name, check=False)
