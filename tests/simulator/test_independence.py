import subprocess
import sys

LOADED = """
import sys
import simulator.serving
ours = {"django", "celery", "provisioner", "portal", "simulator"}
print(*sorted(name for name in sys.modules if name.split(".")[0] in ours))
"""


class TestSimulator:
    def test_stands_alone(self) -> None:
        loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

        modules = loaded.stdout.split()
        assert "simulator.serving" in modules
        assert [name for name in modules if not name.startswith("simulator")] == []
