from tests.support.engine import (  # noqa: F401
    _no_process_left,
    _small_blueprints,
    aws_endpoint,
    cloud,
    pieces,
    place_order,
)
from tests.support.interrupted import left_run  # noqa: F401
