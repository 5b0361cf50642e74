"""What DVC starts in the place of a shell: it perturbs, probes and traces a stage.

``python -I -S launch.py CONFIGURATION -c COMMAND``. It needs nothing but the standard
library, and stays the parent of the stage to end it if it hangs.
"""

import ctypes
import errno
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NEW_USER, NEW_NETWORK, NEW_HOST = 0x10000000, 0x40000000, 0x04000000
SET_FLAGS, UP = 0x8914, 0x1
SHELL_OPTIONS = {"bash": ["--noprofile", "--norc"], "zsh": ["--no-rcs"]}
REFUSED = "the stage can't be perturbed"
PROCESSES = 64  # which a stage may come after
FAILED = 97  # of a perturbation that the machine refused, never of a stage


def unshare(flags: int) -> None:
    """Leave some namespaces of the parent.

    Raises
    ------
    OSError
        If the machine doesn't allow it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def map_ids(inner: tuple[int, int], outer: tuple[int, int]) -> None:
    """Say which user and group this process is in its new namespace.

    Parameters
    ----------
    inner
        User and group in the new namespace.
    outer
        Who they are outside.
    """
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    for name, inside, outside in zip(("uid", "gid"), inner, outer, strict=True):
        line = f"{inside} {outside} 1"
        Path(f"/proc/self/{name}_map").write_text(line, encoding="ascii")


def raise_loopback() -> None:
    """Bring the loopback interface of a new network namespace up."""
    if sys.platform == "win32":
        raise NotImplementedError
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh", b"lo", UP)
        fcntl.ioctl(any_socket, SET_FLAGS, request)


def isolate(uid: int | None, network: bool, host: str) -> None:
    """Take the network away, rename the computer, become an unknown user, or all.

    Parameters
    ----------
    uid
        The id to become, None to stay who one is.
    network
        Whether to keep the network.
    host
        The new name of the computer, "" to keep it.
    """
    if sys.platform == "win32":
        raise NotImplementedError
    me = (os.getuid(), os.getgid())
    flags = (0 if network else NEW_NETWORK) | (NEW_HOST if host else 0)
    if flags:
        root = os.geteuid() == 0
        unshare(flags if root else flags | NEW_USER)
        if not root:
            map_ids(me, me)
    if not network:
        raise_loopback()
    if host:
        socket.sethostname(host)
    if uid is not None:
        unshare(NEW_USER)
        map_ids((uid, uid), me)


def stage_environment(configuration: dict[str, Any]) -> dict[str, str]:
    """Return the environment of the stage: as configured, with what DVC adds."""
    added = {name: os.environ[name] for name in os.environ if name[:4] == "DVC_"}
    private = ("DVC_SITE_CACHE_DIR", "DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR")
    kept = {name: each for name, each in added.items() if name not in private}
    environment: dict[str, str] = configuration["environment"]
    return {**environment, **kept}


def shell_command(shell: str, command: str) -> list[str]:
    """Return what DVC itself would start for a command.

    Parameters
    ----------
    shell
        The path of the user's shell.
    command
        What a stage runs.
    """
    options = SHELL_OPTIONS.get(Path(shell).name, [])
    return [shell, *options, "-c", command]


def run_perturbed(configuration: dict[str, Any], command: str, base: Path) -> None:
    """Perturb this process, probe it and become the stage.

    Parameters
    ----------
    configuration
        What `factors.launch_configuration` gives.
    command
        What the stage runs.
    base
        The path, without a suffix, of the files that are written of it.
    """
    environment = stage_environment(configuration)
    clock: dict[str, str] = configuration["clock"]
    os.umask(configuration["umask"])
    if sys.platform == "linux" and configuration["cpus"]:
        os.sched_setaffinity(0, configuration["cpus"])
    isolate(configuration["uid"], configuration["network"], configuration["host"])
    probe = [*configuration["probe"], f"{base}.probe", configuration["order"]]
    subprocess.run(probe, env={**environment, **clock}, check=False)
    argv = shell_command(configuration["shell"], command)
    if not configuration["strace"]:
        os.execve(argv[0], argv, {**environment, **clock})
    # The library that shifts the clock is for the stage, not for its tracer.
    given = [word for each in clock.items() for word in ("-E", "=".join(each))]
    trace = [*configuration["strace"], "-o", f"{base}.trace", *given, "--"]
    os.execve(trace[0], [*trace, *argv], environment)


def use_process_ids() -> None:
    """Start some processes that end at once, so that the stage's id is by chance.

    In a process namespace of its own it would be the same in each run.
    """
    if sys.platform == "win32":
        raise NotImplementedError
    for _ in range(os.urandom(1)[0] % PROCESSES):
        if child := os.fork():
            os.waitpid(child, 0)
        else:
            os._exit(0)


def start(configuration: dict[str, Any], command: str, base: Path) -> int:
    """Fork the stage into a group of its own and return its process id.

    Parameters
    ----------
    configuration, command, base
        As for `run_perturbed`.
    """
    if sys.platform == "win32":
        raise NotImplementedError
    child = os.fork()
    if child:
        return child
    try:
        os.setpgid(0, 0)
        run_perturbed(configuration, command, base)
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "error")
        print(f"{REFUSED}: {error} ({name})", file=sys.stderr)
    os._exit(FAILED)


def wait(child: int, limit: float) -> tuple[int, bool]:
    """Wait for a process; return its exit code, and whether it had to be killed.

    Parameters
    ----------
    child
        The id of the process, which leads a group.
    limit
        Seconds after which the group is killed.
    """
    if sys.platform == "win32":
        raise NotImplementedError
    deadline = time.monotonic() + limit
    pause = 0.001
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), False
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return 124, True
        time.sleep(pause)
        pause = min(pause * 2, 0.02)


def bring(pairs: list[list[str]]) -> None:
    """Copy what a stage gave that isn't run."""
    import shutil

    for source, target in pairs:
        if Path(source).is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


def main() -> int:
    """Run one command of a stage and write down how it went."""
    configuration = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    command, stage = sys.argv[-1], os.environ.get("DVC_STAGE", "")
    if stage in configuration["brought"]:
        bring(configuration["brought"][stage])
        return 0
    log = Path(configuration["log"])
    base = log / f"{len(list(log.glob('*.json'))):04d}"
    record: dict[str, Any] = {"stage": stage, "command": command}
    Path(f"{base}.json").write_text(json.dumps(record), encoding="utf-8")
    begun = time.monotonic()
    limit = configuration["limits"].get(stage, configuration["limit"])
    use_process_ids()
    code, hang = wait(start(configuration, command, base), limit)
    seconds = round(time.monotonic() - begun, 3)
    record |= {"code": code, "hang": hang, "seconds": seconds}
    Path(f"{base}.json").write_text(json.dumps(record), encoding="utf-8")
    if hang:
        print(f"the stage was ended after {limit:.0f} s", file=sys.stderr)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
