"""The account from its restoration to its last snapshot."""

import gc
import signal
import sys
import threading
from pathlib import Path

from simulator import account, account_pickle, application, http_server, snapshotter
from simulator.gate import Gate
from simulator.lab.laboratory import Laboratory
from simulator.lab.patches import every as every_of_the_lab
from simulator.patches import every
from simulator.pending import Pending

# The last answers are small and local; a client that does not take them must not hold up the end.
ANSWER_LIMIT_SECONDS = 2.0


def serve(*, host: str, port: int, directory: Path, snapshot_seconds: float, latency: float | None) -> None:
    """Answer on `host:port` (0: any free port) until SIGTERM or SIGINT, with the account kept in `directory`.

    Every answer waits for the snapshot with its change if `snapshot_seconds` is 0. `latency` is the time
    scale of resources; None: the one that was set last. Prints one line when it answers.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    changes = Pending()
    account_pickle.keep_beside("pending", changes)
    laboratory = Laboratory(directory, pending=changes, scale=latency)
    every.apply()
    every_of_the_lab.apply(laboratory)
    identity = account.open_account(directory)
    gc.freeze()
    gc.enable()
    gate = Gate()
    keeping = snapshotter.Snapshotter(
        identity=identity, directory=directory, gate=gate, snapshot_seconds=snapshot_seconds
    )
    app = application.Application(
        keeper=keeping,
        gate=gate,
        laboratory=laboratory,
        holds_every_answer=snapshot_seconds == 0,
    )
    server = http_server.Server(host, port, app)
    keeping.start()
    threading.Thread(target=server.serve_forever, args=(0.1,), name="listener", daemon=True).start()
    sys.stdout.write(_greeting(host, server.server_port, identity) + "\n")
    sys.stdout.flush()
    stop.wait()
    server.shutdown()
    gate.end()
    keeping.close()
    server.wait_until_answered(limit_seconds=ANSWER_LIMIT_SECONDS)


def _greeting(host: str, port: int, identity: account.Identity) -> str:
    past = f"restored from {identity.restored_from}" if identity.restored else "begun anew"
    aside = f", {identity.set_aside} could not be read" if identity.set_aside else ""
    return f"simulated AWS account on http://{host}:{port}, {past}{aside}"
