"""The simulator's life: restore the account, serve requests, write the last snapshot."""

import gc
import signal
import sys
import threading
from pathlib import Path

from simulator import account, account_pickle, application, http_server, snapshotter
from simulator.lab.lab import Lab
from simulator.lab.patches import registry as lab_patches
from simulator.patches import registry as patches
from simulator.request_lock import RequestLock
from simulator.scheduled_changes import ScheduledChanges

# The last responses are small and local. A client that does not read them must not delay the exit.
LAST_RESPONSES_LIMIT_SECONDS = 2.0


def serve(*, host: str, port: int, directory: Path, snapshot_seconds: float, latency: float | None) -> None:
    """Serve on `host:port` (0: any free port) until SIGTERM or SIGINT, and save the account in `directory`.

    If `snapshot_seconds` is 0, each response waits for the snapshot that holds its change. `latency` is the
    time scale of resources; None keeps the last one. Prints one line when it is ready.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    changes = ScheduledChanges()
    account_pickle.save_with_account("pending", changes)
    lab = Lab(directory, changes=changes, scale=latency)
    patches.apply_all()
    lab_patches.apply_all(lab)
    identity = account.open_account(directory)
    gc.freeze()
    gc.enable()
    request_lock = RequestLock()
    saver = snapshotter.Snapshotter(
        identity=identity,
        directory=directory,
        request_lock=request_lock,
        snapshot_seconds=snapshot_seconds,
    )
    app = application.Application(
        snapshotter=saver,
        request_lock=request_lock,
        lab=lab,
        saves_before_each_response=snapshot_seconds == 0,
    )
    server = http_server.Server(host, port, app)
    saver.start()
    threading.Thread(target=server.serve_forever, args=(0.1,), name="listener", daemon=True).start()
    sys.stdout.write(_greeting(host, server.server_port, identity) + "\n")
    sys.stdout.flush()
    stop.wait()
    server.shutdown()
    request_lock.close()
    saver.close()
    server.wait_until_answered(limit_seconds=LAST_RESPONSES_LIMIT_SECONDS)


def _greeting(host: str, port: int, identity: account.Identity) -> str:
    origin = f"restored from the snapshot of {identity.restored_from}" if identity.restored else "new account"
    unreadable = f", cannot read {identity.set_aside}" if identity.set_aside else ""
    return f"simulated AWS account on http://{host}:{port}, {origin}{unreadable}"
