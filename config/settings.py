"""Every setting, in one file. What an operator may set is read from the environment through `env`.

docs/operators.md has the table of variables; tests/config/test_settings.py compares the two. A missing or malformed value
stops the start with a sentence, never with a default that only looks safe.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
env = environ.Env()


def required(name: str, *, in_tests: str) -> str:
    """A value with no safe default; tests and DEBUG use `in_tests`."""
    value = env.str(name, default=in_tests if TESTING or DEBUG else "")
    if not value:
        raise ImproperlyConfigured(f"Set {name} (docs/operators.md says what it is). bin/run makes one for you.")
    return value


def origin(name: str, *, default: str) -> str:
    """An origin such as https://crm.example.org, without a path."""
    value = env.str(name, default=default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
        raise ImproperlyConfigured(f"{name} must look like https://crm.example.org, without a path; it is {value!r}.")
    return value


# -- the installation ---------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = required("SECRET_KEY", in_tests="only-for-tests-and-debugging-and-long-enough-to-please-the-checks")
TOKEN_KEYS = required("TOKEN_KEYS", in_tests="1:dGVzdHMtYW5kLWRlYnVnZ2luZy1vbmx5LTMyLWJ5dGVzIQ==")
SITE_URL = origin("SITE_URL", default="http://localhost:8000")
PUBLIC_URL = origin("PUBLIC_URL", default=SITE_URL)
ALLOWED_HOSTS = [str(urlsplit(url).hostname) for url in {SITE_URL, PUBLIC_URL}] + env.list("EXTRA_HOSTS", default=[])
if DEBUG or TESTING:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "testserver"]
CSRF_TRUSTED_ORIGINS = list({SITE_URL, PUBLIC_URL})
BEHIND_HTTPS = SITE_URL.startswith("https://")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "config",
    "crm",
    "campaigns",
    "surveys",
    "funnels",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.public_origin",
    "campaigns.pages.serving.strangers_first",
    "django_structlog.middlewares.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.member_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.carry_toasts",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "config.navigation.frame",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# -- data ---------------------------------------------------------------------------------------------------------------
DATABASE_URL_VARIABLE = "TEST_DATABASE_URL" if TESTING else "DATABASE_URL"
DATABASES = {"default": env.db_url(DATABASE_URL_VARIABLE, default="postgres:///mashpech")}
DATABASES["default"] |= {"CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")  # it costs more than it saves here
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    raise ImproperlyConfigured(f"{DATABASE_URL_VARIABLE} must name a PostgreSQL database (15 or newer).")

BROKER_URL = env.str("BROKER_URL", default="memory://" if TESTING or DEBUG else "redis://localhost:6379/0")
CACHE_URL = env.str("CACHE_URL", default=BROKER_URL.replace("redis+socket", "unix") if "redis" in BROKER_URL else "")
CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if CACHE_URL and not TESTING:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL.replace("?virtual_host=", "?db="),
        "KEY_PREFIX": "mashpech",
    }
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db" if CACHE_URL else "django.contrib.sessions.backends.db"

MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "media")))
HOME = Path(env.str("MASHPECH_HOME", default=str(BASE_DIR / ".mashpech")))
ERASURE_JOURNAL = Path(
    env.str("ERASURE_JOURNAL", default=str(HOME / "erasures.jsonl"))
)  # outside the database, on purpose
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# -- mail ---------------------------------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")  # empty = trial mode: mail is kept in the outbox and does not leave
EMAIL_BACKEND = "crm.outbox.backend.SystemMailBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"mashpech@{urlsplit(SITE_URL).hostname}")

# -- people -------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SESSION_COOKIE_NAME = "mashpech_session"

# -- languages ----------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "he"
LANGUAGES = [("he", _("Hebrew")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
TIME_ZONE = "Asia/Jerusalem"
USE_THOUSAND_SEPARATOR = False  # ids stand in attributes; numbers people read go through the `number` filter

# -- files the browser gets ---------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # without it every test client walks all static files

# -- security headers ---------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", PUBLIC_URL],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF, PUBLIC_URL],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_HTTPS else 0
# Whether all subdomains speak HTTPS, and the redirect to it, is known to the proxy in front.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
if env.bool("TRUST_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
TRUSTED_PROXY_COUNT = 1 if env.bool("TRUST_PROXY", default=False) else 0
FORMS_PER_ADDRESS = env.int("FORMS_PER_ADDRESS", default=300)  # in ten minutes; 0 is no limit
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT  # else its limits would count everybody behind the proxy as one

# -- background work: the clock itself stands in config/celery.py ----------------------------------------------------------
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
if BROKER_URL.startswith(("redis", "rediss")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
        "global_keyprefix": "mashpech:",
    }

# -- REST ---------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["crm.workspaces.rest.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["crm.workspaces.rest.ScopedPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["crm.workspaces.rest.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "crm.workspaces.schema.HouseSchema",
    "DEFAULT_PAGINATION_CLASS": "crm.workspaces.rest.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["crm.workspaces.rest.ApiKeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {"api_key": env.str("API_RATE", default="600/min")},
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": None,
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "crm.workspaces.refusing.Errors",
    "ALLOWED_ERROR_STATUS_CODES": "400 401 403 404 405 406 409 413 415 422 429 500".split(),
    "ERROR_SCHEMAS": dict.fromkeys(["409", "413", "422"], "crm.workspaces.schema.RefusalSerializer"),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mashpech",
    "DESCRIPTION": "Contacts, lists, segments, events, pages, mailings and funnels of one business, by its API key.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        f"{name}Enum": f"drf_standardized_errors.openapi_serializers.{name}Enum.choices"
        for name in ("ValidationError", "ClientError", "ServerError")
    }
    | {
        "FieldTypeEnum": "crm.contacts.models.FieldType",
        "ConsentStateEnum": "crm.consent.models.Consent.State",
        "BulkActKindEnum": "crm.bulk.models.BulkAct.Kind",
        "SurveyKindEnum": "surveys.models.Survey.Kind",
        "SurveyStatusEnum": "surveys.models.Survey.Status",
        "AutomationStatusEnum": "campaigns.automations.models.Automation.Status",
    },
    "POSTPROCESSING_HOOKS": ["drf_standardized_errors.openapi_hooks.postprocess_schema_enums"],
}

# -- logs: no bodies, no addresses, no tokens -----------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING" if TESTING else "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # The clock rings every few seconds; only what goes wrong is news.
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
