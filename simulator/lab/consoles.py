"""The console output of instances. Nothing boots here, so people set the text."""

import re
import threading
from collections.abc import Callable

from simulator.json_types import JsonObject
from simulator.lab.validation import InvalidInput

ALL = "*"
MAX_BYTES = 64 * 1024  # EC2 returns no more
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}|\*")

# Results of a first boot, with the markers that this project's user data prints (STAGE, EGRESS, USERDATA).
_BOOT = (
    "[    0.000000] Linux version 6.1.0 (Amazon Linux 2023)\ncloud-init: running modules for final stage\n"
)
SCRIPTS = {
    "booted": (
        "Successful boot",
        _BOOT + "STAGE egress begin 1000\nEGRESS_OK https://checkip.amazonaws.com/\nSTAGE egress end 1002\n"
        "STAGE packages begin 1002\nSTAGE packages end 1031\nSTAGE application begin 1031\n"
        "STAGE application end 1044\nUSERDATA_OK 44\n",
    ),
    "no-egress": (
        "No internet access from the subnet",
        _BOOT
        + "STAGE egress begin 1000\ncurl: (28) Failed to connect to checkip.amazonaws.com port 443 after "
        "3001 ms: Timeout was reached\nEGRESS_FAIL https://checkip.amazonaws.com/\n"
        "USERDATA_FAIL stage=egress line=26 rc=1\n",
    ),
    "package-missing": (
        "A package cannot be installed",
        _BOOT + "STAGE egress begin 1000\nSTAGE egress end 1001\nSTAGE packages begin 1001\n"
        "Error: Unable to find a match: python3.11\nUSERDATA_FAIL stage=packages line=42 rc=1\n",
    ),
    "app-crashes": (
        "The application crashes",
        _BOOT + "STAGE application begin 1031\nSTAGE application end 1044\nUSERDATA_OK 44\n"
        "systemd[1]: app.service: Main process exited, code=exited, status=1/FAILURE\n"
        "uvicorn[812]: ModuleNotFoundError: No module named 'fastapi'\n"
        "systemd[1]: app.service: Scheduled restart job, restart counter is at 5.\n",
    ),
}


def default_text(instance_id: str) -> str:
    """The console output of an instance without a text."""
    return f"{instance_id} is simulated: it does not boot and prints nothing.\n"


class ConsoleTexts:
    """Console texts by instance id; `*` is for all instances without their own text."""

    def __init__(self, saved: dict[str, str], *, on_change: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._on_change = on_change
        self._texts = dict(saved)

    def as_json(self) -> dict[str, str]:
        return self._texts

    def set(self, instance_id: str, wanted: JsonObject) -> None:
        """Set a text from `{"text": ...}` or `{"script": ...}` (a name in SCRIPTS). Raises InvalidInput."""
        if not _INSTANCE.fullmatch(instance_id):
            raise InvalidInput(
                "The instance must be an id such as i-0123456789abcdef0, or * for all instances."
            )
        script, text = wanted.get("script"), wanted.get("text")
        if script is not None and script not in SCRIPTS:
            raise InvalidInput(f"script must be one of {', '.join(SCRIPTS)}.")
        text = SCRIPTS[script][1] if script is not None else text
        if not isinstance(text, str) or len(text.encode()) > MAX_BYTES:
            raise InvalidInput(f"text must be a string of at most {MAX_BYTES} bytes.")
        with self._lock:
            self._texts = {**self._texts, instance_id: text}
            self._on_change()

    def remove(self, instance_id: str) -> bool:
        """Remove the text of an instance. False if it has none."""
        with self._lock:
            found = instance_id in self._texts
            self._texts = {name: text for name, text in self._texts.items() if name != instance_id}
            if found:
                self._on_change()
            return found

    def clear(self) -> None:
        with self._lock:
            self._texts = {}
            self._on_change()

    def text_for(self, instance_id: str) -> str:
        return self._texts.get(instance_id) or self._texts.get(ALL) or default_text(instance_id)
