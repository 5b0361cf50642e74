"""What a process sees of the factors that a verification varies, as JSON.

``python -P -S probe.py FILE FOLDER`` is run where a stage runs, right before it.
"""

import json
import locale
import os
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# An address for documentation (RFC 5737). Connecting a datagram socket sends nothing:
# it asks the system whether there is a way.
NOWHERE = ("192.0.2.1", 9)


def user() -> list[Any]:
    """Return the id of the user, and whether the system knows a name of it."""
    if sys.platform == "win32":
        raise NotImplementedError
    import pwd

    try:
        return [os.getuid(), bool(pwd.getpwuid(os.getuid()).pw_name)]
    except KeyError:
        return [os.getuid(), False]


def network() -> str:
    """Say whether there is a way out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            any_socket.connect(NOWHERE)
        except OSError:
            return "none"
    return "a way out"


def cpus() -> int | None:
    """Return how many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def mask() -> str:
    """Return the umask."""
    value = os.umask(0o77)
    os.umask(value)
    return f"{value:03o}"


def see(folder: str) -> dict[str, Any]:
    """Return what this process sees of each factor."""
    return {
        "path": os.getcwd(),
        "home": os.path.expanduser("~"),
        "user": user(),
        "host name": socket.gethostname(),
        "environment": len(os.environ),
        "hash seed": hash("reproducible") % 10**6,
        "time zone": time.strftime("%z", time.localtime(0)),
        "locale": [locale.getpreferredencoding(False), sys.getfilesystemencoding()],
        "umask": mask(),
        "clock": time.strftime("%Y-%m-%d", time.gmtime()),
        "directory order": "".join(each.name for each in os.scandir(folder)),
        "cpu count": cpus(),
        "threads": os.environ.get("OMP_NUM_THREADS", "not set"),
        "temporary folder": tempfile.gettempdir(),
        "network": network(),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(see(sys.argv[2])), encoding="utf-8")
