from tests.support.portal import (  # noqa: F401
    _portal,
    applied_run,
    applying_run,
    environment,
    planned_run,
    program,
)
