"""Terraform's argument lists. They never hold text that a person typed: values are in `*.tfvars.json`.

python-terraform builds the lists. Its runner is not used: it holds all output in memory, passes either the
whole environment or none, and ends with the worker.
"""

from pathlib import Path

from python_terraform import IsFlagged, Terraform


def init(binary: Path, *, lock_file: bool = False) -> tuple[str, ...]:
    """Install providers and set up the backend. `lock_file`: the blueprint has a lock file, and init must
    obey it.
    """
    lockfile = "readonly" if lock_file else None
    return _build(binary, "init", input=False, json=IsFlagged, no_color=IsFlagged, lockfile=lockfile)


def plan(
    binary: Path, *, plan_file: str, destroy: bool = False, lock_timeout_seconds: int = 60
) -> tuple[str, ...]:
    """Save a plan. Exit code 0: no changes, 2: changes, 1: failed."""
    return _build(
        binary,
        "plan",
        input=False,
        json=IsFlagged,
        detailed_exitcode=IsFlagged,
        destroy=IsFlagged if destroy else None,
        lock_timeout=f"{lock_timeout_seconds}s",
        out=plan_file,
    )


def apply(binary: Path, *, plan_file: str, lock_timeout_seconds: int = 30) -> tuple[str, ...]:
    """Apply exactly the saved plan."""
    lock_timeout = f"{lock_timeout_seconds}s"
    return _build(binary, "apply", plan_file, input=False, json=IsFlagged, lock_timeout=lock_timeout)


def output(binary: Path) -> tuple[str, ...]:
    """All outputs as JSON. Sensitive values are in clear text: for a private file only."""
    return _build(binary, "output", json=IsFlagged, no_color=IsFlagged)


def _build(binary: Path, command: str, *positional: str, **options: object) -> tuple[str, ...]:
    # This working directory keeps the library from reading a terraform.tfstate in the current one.
    builder = Terraform(working_dir="/", terraform_bin_path=str(binary))
    return tuple(str(part) for part in builder.generate_cmd_string(command, *positional, **options))
