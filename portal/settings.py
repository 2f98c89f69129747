"""Django's settings, derived from the typed configuration, which has everything that a person may set."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog

from portal import configuration

CONFIGURATION, CONFIGURATION_PROBLEMS = configuration.read(os.environ)
BASE_DIR = configuration.ROOT
VAR_DIR = CONFIGURATION.var_dir.absolute()
EMBEDDED = configuration.embedded(VAR_DIR)

# -- the engine's settings: `provisioner` reads these from django.conf, never from `portal`
RUNS_DIR = VAR_DIR / "runs"
BLUEPRINT_FOLDERS: list[Path] = [BASE_DIR / "terraform_modules", *CONFIGURATION.blueprint_dirs]
TRUSTED_BLUEPRINT_FOLDERS: list[Path] = (
    list(CONFIGURATION.blueprint_dirs) if CONFIGURATION.blueprints_trusted else []
)
RUN_SLOTS = CONFIGURATION.run_slots
RUN_FREE_MIB = CONFIGURATION.run_free_mib
TERRAFORM_BINARY = CONFIGURATION.terraform_binary
TERRAFORM_PLUGIN_MIRROR = CONFIGURATION.terraform_plugin_mirror
PLAN_DEADLINE_SECONDS = CONFIGURATION.plan_deadline_seconds
APPLY_DEADLINE_SECONDS = CONFIGURATION.apply_deadline_seconds
CANCEL_GRACE_SECONDS = CONFIGURATION.cancel_grace_seconds
PLAN_EXPIRES_SECONDS = CONFIGURATION.plan_expires_seconds
STOP_GRACE_SECONDS = CONFIGURATION.stop_grace_seconds
LEASE_SECONDS = CONFIGURATION.lease_seconds
CLOUD_ACCOUNTS: list[dict[str, str]] = [account.model_dump() for account in CONFIGURATION.cloud_accounts]
SOCKETS_PER_PERSON = CONFIGURATION.sockets_per_person
SIMULATED_AWS_ENDPOINT = CONFIGURATION.simulated_aws_endpoint or EMBEDDED.get(
    "aws_endpoint", "http://127.0.0.1:4566"
)
LAB_URL = CONFIGURATION.lab_url or SIMULATED_AWS_ENDPOINT

# -- Django
SECRET_KEY = CONFIGURATION.secret_key or configuration.kept_secret_key(VAR_DIR)
SECRET_KEY_FALLBACKS = CONFIGURATION.secret_key_fallbacks
DEBUG = CONFIGURATION.debug
PORTAL_URL = CONFIGURATION.portal_url or EMBEDDED.get("portal_url", "http://127.0.0.1:8000")
# Always loopback: the container's health check and similar programs use it.
ALLOWED_HOSTS = [
    *(CONFIGURATION.allowed_hosts or filter(None, [urlsplit(PORTAL_URL).hostname])),
    "127.0.0.1",
    "localhost",
]
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
# Full origins with scheme and port: comparing host names alone lets http:// and every other port through.
WEBSOCKET_ORIGINS = sorted({PORTAL_URL, PORTAL_URL.replace("//127.0.0.1", "//localhost")})

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "csp",
    "provisioner",
    "portal",
    "portal.accounts",
    "portal.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.middleware.without_nul",
    "portal.middleware.request_id",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.accounts.sign_in_first.SignInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.method_not_allowed",
    "portal.middleware.database_away",
]

ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "portal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.page",
            ],
            "builtins": ["django.templatetags.static", "django.contrib.humanize.templatetags.humanize"],
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "portal.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "options": "-c statement_timeout=30s -c idle_in_transaction_session_timeout=30s",
        },
    }


DATABASES = {"default": _database(CONFIGURATION.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Redis: notifies browsers and workers; nothing that must survive is stored there
REDIS_URL = (CONFIGURATION.redis_url or EMBEDDED.get("redis_url", "redis://127.0.0.1:6379")).rstrip("/")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [f"{REDIS_URL}/1"]},
    }
}
_BROKER_TRANSPORT = {
    "visibility_timeout": 3600,
    # A person waits for it; a worker has a longer one (`manage.py worker`).
    "socket_timeout": 0.5,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 20,
}
# No redelivery of a started run: with late acks, one that outlives the visibility timeout starts a second
# time. Lost messages are sent again from the database.
CELERY_BROKER_URL = f"{REDIS_URL}/0"
CELERY_BROKER_TRANSPORT_OPTIONS = _BROKER_TRANSPORT
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "control"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# It sends something every ten seconds; after this time without an answer the connection is dead.
CELERY_BEAT_REMOTE_CONTROL_MAX_TICK_AGE = 60

# -- people
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "environments"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# In the database: a restart of Redis must not sign everybody out.
SESSION_ENGINE = "portal.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIGURATION.behind_https
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# -- the browser's rules
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if CONFIGURATION.behind_https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", *(origin.replace("http", "ws", 1) for origin in WEBSOCKET_ORIGINS)],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}

# -- pages and files
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = CONFIGURATION.languages[0]
LANGUAGES = [(code, code) for code in CONFIGURATION.languages]
LOCALE_PATHS = [*CONFIGURATION.locale_dirs, BASE_DIR / "locale"]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "portal" / "static"]
# Served from the packages and our folder: no collectstatic step that could be forgotten.
WHITENOISE_USE_FINDERS = True
# More than any answer may have: an answer that is a little too long gets an error at its field, and comes
# back.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "portal.api.pagination.PageNumberPages",
    "EXCEPTION_HANDLER": "portal.api.errors.answer",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Provisioning portal",
    "DESCRIPTION": "Order, watch and destroy environments. Authenticate with `Authorization: Bearer TOKEN`.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.api.views.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RunStatus": "provisioner.run_status.RunStatus",
        "EnvironmentStatus": "provisioner.run_status.EnvironmentStatus",
    },
}

# -- logs: one line per event, the same shape from web and workers
_LOG_RENDERER: Any = (
    structlog.processors.JSONRenderer()
    if CONFIGURATION.log_format == "json"
    else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
)
_LOG_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _LOG_RENDERER],
            "foreign_pre_chain": _LOG_PROCESSORS,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": CONFIGURATION.log_level},
    "loggers": {"botocore": {"level": "WARNING"}, "boto3": {"level": "WARNING"}},
}
structlog.configure(
    processors=[*_LOG_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
