import subprocess
import sys

PRINT_OUR_MODULES = """
import sys
import simulator.serving
ours = {"django", "celery", "provisioner", "portal", "simulator"}
print(*sorted(name for name in sys.modules if name.split(".")[0] in ours))
"""


class TestSimulator:
    def test_imports_neither_django_nor_celery_nor_the_engine_nor_the_portal(self) -> None:
        loaded = subprocess.run(
            [sys.executable, "-c", PRINT_OUR_MODULES], capture_output=True, text=True, check=True
        )

        modules = loaded.stdout.split()
        assert "simulator.serving" in modules
        assert [name for name in modules if not name.startswith("simulator")] == []
