import subprocess
import sys

LOADED = """
import sys
import provisioner.simulator.serving
ours = {"django", "celery", "provisioner", "portal"}
print(*sorted(name for name in sys.modules if name.split(".")[0] in ours))
"""


class TestSimulator:
    def test_stands_alone(self) -> None:
        loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

        modules = loaded.stdout.split()
        assert "provisioner.simulator.serving" in modules
        assert [name for name in modules if not name.startswith("provisioner.simulator")] == ["provisioner"]
