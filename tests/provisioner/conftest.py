from tests.support.engine import (  # noqa: F401
    _nothing_goes_on,
    _small_blueprints,
    aws_endpoint,
    cloud,
    pieces,
    place_order,
)
from tests.support.interrupted import left_run  # noqa: F401
