from tests.support.pages import _real_blueprint, browser, make_environment, web  # noqa: F401
