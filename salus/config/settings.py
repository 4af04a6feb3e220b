"""One settings file, driven by the environment. What a hospital may set is listed in docs/operations.md."""

import os
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from salus.config import home, outside

BASE = Path(__file__).resolve().parent.parent

DEBUG = os.environ.get("SALUS_DEBUG") == "1"
SECRET_KEY = home.secret_key()
ALLOWED_HOSTS = os.environ.get("SALUS_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("SALUS_ORIGINS", "").split(",") if o]

SALUS_HOME = home.home()
SALUS_KEYRING = home.keyring_path() / "keyring.json"
SALUS_AUDIT_KEY = home.keyring_path() / "audit-signing.key"
#: what documents on paper are signed with: the hospital's own certificate, or one of ours in the folder of keys
SALUS_PAPERS_P12, SALUS_PAPERS_P12_PASSWORD = outside.papers_certificate()
SALUS_PAPERS_KEY = home.keyring_path() / "papers.p12"
SALUS_FILES = home.home() / "files"
#: folders outside the database to which the heads of the sealed logs are written every minute: name at least two, one of
#: them on another machine
SALUS_AUDIT_ANCHORS = os.environ.get("SALUS_AUDIT_ANCHORS", str(home.home() / "anchors")).split(os.pathsep)
#: `/dev/log` or `host:port`, to tell heads to the system log too
SALUS_AUDIT_SYSLOG = os.environ.get("SALUS_AUDIT_SYSLOG", "")
#: the demonstration hospital's staff sign in with one factor, and a banner says so
SALUS_DEMONSTRATION = os.environ.get("SALUS_DEMONSTRATION", "1" if home.demonstration() == "made" else "") == "1"

#: from the ground up: the shelves of the house
ROOMS = [
    "core",
    "ui",
    "places",
    "messaging",
    "accounts",
    "terminology",
    "staff",
    "catalog",
    "patients",
    "coverage",
    "inventory",
    "inbox",
    "encounters",
    "scheduling",
    "waitlist",
    "queues",
    "chart",
    "questionnaires",
    "orders",
    "lab",
    "radiology",
    "care",
    "pharmacy",
    "safety",
    "billing",
    "payments",
    "fhir",
    "reports",
    "audit",
    "portal",
    "simulator",
    "workflows",
]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "procrastinate.contrib.django",
    *[f"salus.{room}" for room in ROOMS],
]

MIDDLEWARE = [
    "salus.core.middleware.HeadersMiddleware",
    "salus.core.patience.PatienceMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "salus.accounts.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "salus.core.middleware.CsrfMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "salus.accounts.middleware.ActMiddleware",
    "salus.core.middleware.DoorMiddleware",
]

ROOT_URLCONF = "salus.config.urls"
WSGI_APPLICATION = "salus.config.wsgi.application"
APPEND_SLASH = False
LOGIN_URL = "accounts:sign_in"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE / room / "templates" for room in ROOMS],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "salus.ui.jinja.environment",
            "context_processors": ["django.contrib.messages.context_processors.messages"],
        },
    }
]


def _database() -> dict[str, object]:
    role = os.environ.get("SALUS_DB_ROLE", "app")
    known = conninfo_to_dict(home.database_dsn("owner" if role == "owner" else "audit" if role == "audit" else "app"))
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    rest = {key: value for key, value in known.items() if key not in names}
    pool = {"min_size": 1, "max_size": int(os.environ.get("SALUS_DB_POOL", "8")), "timeout": 5, "max_idle": 300}
    # After a restart of the database the pool would wait longer and longer: it gives up soon, and the next request asks.
    pool["reconnect_timeout"] = 2
    options: dict[str, object] = {
        **rest,
        "options": "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=30s"
        if role == "app"
        else "-c lock_timeout=3s",
        "connect_timeout": 5,
    }
    if os.environ.get("SALUS_DB_POOLED", "1") == "1" and role == "app":
        options["pool"] = pool
    return {
        "ENGINE": "salus.core.engine",
        **{names[key]: value for key, value in known.items() if key in names},
        "OPTIONS": options,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_IMPORT_PATHS = ["salus.core.announce"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE / "locale"]
USE_TZ = True
TIME_ZONE = os.environ.get("SALUS_TIME_ZONE", "UTC")
#: ISO 3166 alpha-2 code of the country whose phone numbers are written without a country code
SALUS_REGION = os.environ.get("SALUS_REGION", "")

#: how browsers reach Salus from outside: what links in messages begin with
SALUS_URL = os.environ.get("SALUS_URL", "").rstrip("/") or (
    CSRF_TRUSTED_ORIGINS[0] if CSRF_TRUSTED_ORIGINS else f"http://localhost:{os.environ.get('PORT', '8000')}"
)
#: the ways out of the house for messages; without a mail server or gateway there is none, but in the demonstration
SALUS_MAIL = outside.mail()
SALUS_SMS = outside.sms()
SALUS_PUSH = os.environ.get("SALUS_PUSH", "1") == "1"
SALUS_PUSH_KEY = home.home() / "push-key.pem"
#: hours before an appointment at which the patient is reminded
SALUS_REMINDERS = outside.reminders()

STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
STATIC_ROOT = home.home() / "static"
STORAGES = {"staticfiles": {"BACKEND": "salus.ui.assets.Assets"}}

MESSAGE_STORAGE = "salus.ui.said.SaidOnce"

SESSION_ENGINE = "salus.accounts.sessions"
_TLS = os.environ.get("SALUS_TLS") == "1"
SESSION_COOKIE_NAME = "__Host-salus" if _TLS else "salus"
CSRF_COOKIE_NAME = "__Host-csrf" if _TLS else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
DEVICE_COOKIE_NAME = "__Host-salus-device" if _TLS else "salus-device"
#: who needs a second factor: `all`, `none`, or codes of roles; the demonstration's staff are exempt (a banner says so)
SALUS_SECOND_FACTOR = os.environ.get("SALUS_SECOND_FACTOR") or ("none" if SALUS_DEMONSTRATION else "all")
#: whether anybody may ask only so much of a process (`core.throttle`)
SALUS_THROTTLE = os.environ.get("SALUS_THROTTLE", "1") == "1"
#: who takes money online: `stripe`, `none`, or `pretended` (the demonstration's page, on which no money moves)
SALUS_PAYMENTS = os.environ.get("SALUS_PAYMENTS") or ("pretended" if SALUS_DEMONSTRATION else "none")
SALUS_STRIPE_KEY = home.told_secret("SALUS_STRIPE_KEY")
SALUS_STRIPE_HOOK_SECRET = home.told_secret("SALUS_STRIPE_HOOK_SECRET")
#: another address of its interface and of its pages than its own
SALUS_STRIPE_API = os.environ.get("SALUS_STRIPE_API", "")
SALUS_STRIPE_PAGES = os.environ.get("SALUS_STRIPE_PAGES", "")
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "salus.core.pages.csrf_failure"
SECURE_HSTS_SECONDS = 31536000 if _TLS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SALUS_BEHIND_PROXY = os.environ.get("SALUS_BEHIND_PROXY") == "1"
if SALUS_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["salus.core.uploads.InMemory"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "salus.core.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("SALUS_LOG_LEVEL", "WARNING")},
    "loggers": {"django.server": {"level": "ERROR"}, "django.request": {"level": "ERROR"}},
}
