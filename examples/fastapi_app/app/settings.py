"""The settings of the instance for the application: lines of NAME=value in one file, read again each time.

The file is rewritten while the application runs: the database is announced after the first boot.
"""

import os
from pathlib import Path

PATH = Path(os.environ.get("APP_SETTINGS", "/etc/app/app.env"))
# AWS's bundle of the authorities that sign RDS's certificates: as the instance fetched it, or the image's.
AUTHORITIES = (PATH.with_name("rds-ca.pem"), Path(__file__).with_name("rds-ca.pem"))


def read() -> dict[str, str]:
    """The names known now; none where there is no file, as on a laptop."""
    try:
        lines = PATH.read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)
