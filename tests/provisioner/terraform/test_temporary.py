"""The folder of a run's temporary files."""

import os
import stat
from pathlib import Path

from provisioner.terraform import temporary, workspace

SOCKET = "plugin0123456789"


class TestFolder:
    def test_is_short_enough_for_a_providers_socket_in_any_workspace(self, tmp_path: Path) -> None:
        deep = tmp_path / ("x" * 100)
        deep.mkdir()

        folder = temporary.ensure_folder(deep)

        assert len(os.fsencode(folder / SOCKET)) <= 107
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        temporary.remove(deep)

    def test_is_reused_until_it_is_gone(self, tmp_path: Path) -> None:
        first = temporary.ensure_folder(tmp_path)

        assert temporary.ensure_folder(tmp_path) == first
        first.rmdir()
        second = temporary.ensure_folder(tmp_path)

        assert second.is_dir()
        temporary.remove(tmp_path)
        assert not second.exists()

    def test_is_never_writable_for_others(self, tmp_path: Path) -> None:
        first = temporary.ensure_folder(tmp_path)
        first.chmod(0o777)

        second = temporary.ensure_folder(tmp_path)

        assert second != first
        temporary.remove(tmp_path)
        first.rmdir()

    def test_is_removed_with_the_workspace(self, tmp_path: Path) -> None:
        folder = temporary.ensure_folder(tmp_path)
        run = tmp_path / "run"
        run.mkdir()
        (run / "tmp").symlink_to(folder)

        workspace.remove(run)

        assert not folder.exists()
