"""Which PostgreSQL everything talks to, and how.

Source: `DATABASE_URL` (URL or key=value words), else PGHOST, PGHOSTADDR or PGSERVICE name a
        server of the user's own and nothing is started; else the embedded server is.
Shape:  one `Target`, resolved once per command and handed to whoever connects.
Units:  the port is a number; supported servers are 15 to 18. Settings of a session that
        change what a statement means or returns are the same in every session.
Errors: WarehouseError in one sentence with host, port and database, never the password.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import conninfo

from warehouse import connecting, schemas
from warehouse.embedded import server
from warehouse.errors import USAGE, WarehouseError

OLDEST_VERSION = 15
NEWEST_VERSION = 18
CONNECT_SECONDS = 10
APPLICATION = "warehouse"

_OWN_SERVER = ("DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGSERVICE")
# What changes the meaning of a statement or of its result; a server, a database, a role or a
# variable may have set any of them otherwise.
PINNED = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "array_nulls": "on",
    "quote_all_identifiers": "off",
    "row_security": "on",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "warehouse.session": "pinned",  # says that the others have arrived, too
}
# What ends a session that works or waits for long, as a run does; a variable of the user's
# own may say otherwise.
UNHURRIED = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}
# a server otherwise notices only at the end of a statement that nobody waits for it any more
_CHECK_CLIENT = "-c client_connection_check_interval=500ms"
_NAMED = {"host", "port", "user", "password", "dbname", "sslmode", "options"} | {
    *("service", "servicefile", "passfile"),  # what they gave is known by then
    *("application_name", "fallback_application_name"),
}
_DEFAULTS = {("connect_timeout", str(CONNECT_SECONDS)), ("sslcertmode", "allow")}

_CAUSES = (  # what libpq or the server says, what people should hear and do
    ("password authentication failed", "refused the password of {user}; correct it"),
    ("no password supplied", "wants a password for {user}; add it to DATABASE_URL"),
    ('role "', "knows no user {user}; create it or correct the name", "does not exist"),
    ('database "', "has no such database; create it with createdb", "does not exist"),
    (
        "permission denied for database",
        "has permission denied for database; grant {user} connect",
    ),
    ("starting up", "is starting up; try again in a minute"),
    ("shutting down", "is shutting down; start it again"),
    ("not yet accepting connections", "is starting up; try again in a minute"),
    ("in recovery mode", "is recovering from a crash; try again in a minute"),
    ("no pg_hba.conf entry", "does not admit {user} from this machine; allow it there"),
    ("too many clients", "has no connection left; end some and try again"),
    ("remaining connection slots", "has no connection left; end some and try again"),
    ("timeout expired", "does not answer; check host, port and firewall"),
    ("could not translate host name", "has an unknown host name; correct it"),
    ("failed to resolve host", "has an unknown host name; correct it"),
    (
        "unsupported startup parameter",
        "is a pool that refuses settings of a session; name PostgreSQL itself, not PgBouncer",
    ),
    ("invalid response", "is another program than PostgreSQL; correct host and port"),
    ("SSL", "and this machine disagree about encryption; correct sslmode"),
    ("Connection refused", "does not answer; start it or correct host and port"),
    ("No such file or directory", "does not answer; start it or correct host and port"),
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """One database and the login to it; shown without its password.

    `host` is a name, an address or the folder of a socket. `embedded`: the server is ours.
    `prefix`: what the names of the warehouse's schemas begin with.
    `parameters`: other libpq parameters by name, such as sslrootcert. `checks_clients`: the
    server can look whether a client still lives (on Windows it cannot). `is_analyst`: the
    time limits and the search path of the login hold.
    """

    host: str
    port: int
    user: str
    password: str = ""
    dbname: str = "warehouse"
    sslmode: str = "prefer"
    embedded: bool = False
    options: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    checks_clients: bool = True
    is_analyst: bool = False
    prefix: str = ""

    def __repr__(self) -> str:
        """As for people: parameters may hold secrets too."""
        return f"Target({self.display()!r}, embedded={self.embedded})"

    @property
    def output(self) -> str:
        """Name of the output of profiles.example.yml."""
        return "warehouse"

    def display(self) -> str:
        """URL for people, without the password."""
        user, dbname = quote(self.user, safe=""), quote(self.dbname, safe="")
        if self.host.startswith(("/", "@")):  # a socket
            return f"postgresql://{user}@/{dbname}?host={quote(self.host)}&port={self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{user}@{host}:{self.port}/{dbname}"

    def connect(self, **options: Any) -> psycopg.Connection:
        """Open a connection with the pinned settings; `options` are those of `psycopg.connect`.

        Errors: WarehouseError when the server cannot be used.
        """
        connection = _open(self.arguments(**options), self.display())
        if "cursor_factory" not in options:
            connection.server_cursor_factory = schemas.server_cursors(self.prefix)
        return connection

    def arguments(self, **options: Any) -> dict[str, Any]:
        """Return the arguments of `psycopg.connect` that give the pinned settings."""
        return {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": APPLICATION,
            "hostaddr": "",  # not one of the environment: it would win over `host`
            **dict(self.parameters),
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "dbname": self.dbname,
            "sslmode": self.sslmode,
            **({"password": self.password} if self.password else {}),
            "cursor_factory": schemas.cursors(self.prefix),
            **options,
            "options": self._session_options(options.get("options")),
        }

    def environment(self) -> dict[str, str]:
        """Variables for child processes: libpq's own, and those of profiles.example.yml.

        Lay them over the parent's: `{**os.environ, **target.environment()}`.
        """
        variables = {
            option.envvar.decode(): value
            for option in psycopg.pq.Conninfo.get_defaults()
            for name, value in self.parameters
            if option.envvar and option.keyword.decode() == name
        }
        own = {
            "HOST": self.host,
            "PORT": str(self.port),
            "USER": self.user,
            "PASSWORD": self.password,
            "SSLMODE": self.sslmode,
        }
        return {
            "PGHOSTADDR": "",
            **variables,
            **{f"PG{name}": value for name, value in own.items()},
            **{f"WAREHOUSE_DB_{name}": value for name, value in own.items()},
            "PGDATABASE": self.dbname,
            "WAREHOUSE_DB_NAME": self.dbname,
            schemas.VARIABLE: self.prefix.rstrip("_") or schemas.DEFAULT,
            "PGOPTIONS": self._session_options(),
            "PGTZ": "UTC",
        }

    def _session_options(self, more: str | None = None) -> str:
        """What every session is told; what is pinned comes last and holds."""
        before, after = ({}, {}) if self.is_analyst else (UNHURRIED, {"search_path": "public"})
        check = _CHECK_CLIENT if self.checks_clients else None
        words = [_words(before), self.options, more, check, _words({**PINNED, **after})]
        return " ".join(filter(None, words))

    def analyst(self) -> Target:
        """The analyst's login; on a server of the user's own the same login.

        There the caller switches to the role that may only read.
        """
        if not self.embedded:
            return replace(self, is_analyst=True)
        secret = server.password(server.ANALYST)
        return replace(self, user=server.ANALYST, password=secret, is_analyst=True)


def is_embedded() -> bool:
    """Whether the environment leaves the choice of server to us; starts nothing."""
    return not any(os.environ.get(name) for name in _OWN_SERVER)


def resolve(database: str = "warehouse") -> Target:
    """The database to work in; starts the embedded server and makes `database` there.

    On a server of the user's own, the address says which database; only where it names
    none it is `database`. It is connected to once, to check its version and encoding.
    """
    if is_embedded():
        port = server.start().port
        server.ensure_database(database)
        return Target(
            host=server.HOST,
            port=port or 0,
            user=server.SUPERUSER,
            password=server.password(),
            dbname=database,
            sslmode="disable",
            embedded=True,
            prefix=schemas.configured(),
        )
    given = _given()
    if not given.get("dbname") and not os.environ.get("PGDATABASE"):
        given["dbname"] = "" if os.environ.get("PGSERVICE") else database
    with _open(_filled(given), _shown(given)) as connection:
        target = _target(connection, given)
        _check(connection, target)
        checks = _checks_clients(connection)
        target = replace(target, checks_clients=checks, prefix=schemas.configured())
    _check_settings(target)
    return target


def _words(settings: Mapping[str, str]) -> str:
    """Settings as words of the parameter `options`."""
    return " ".join(
        f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in settings.items()
    )


def _given() -> dict[str, Any]:
    """What DATABASE_URL says, taken apart; empty where the PG variables say it all."""
    address = os.environ.get("DATABASE_URL", "").strip()
    try:
        given = conninfo.conninfo_to_dict(address)
    except psycopg.Error:  # its text would repeat parts of the address, perhaps the password
        given = {"port": "?"}
    port, host = str(given.get("port") or ""), str(given.get("host") or "")
    parts = [port.replace(",", "").isdecimal() or not port, "@" not in host[1:]]
    if "://" in address:  # a password with a bare slash ends up in the name
        parts.append("@" not in str(given.get("dbname") or ""))
    if not all(parts):
        raise WarehouseError(
            "DATABASE_URL is not an address of PostgreSQL; write "
            "postgresql://user:password@host:5432/database, with special characters in the "
            "password percent-encoded.",
            USAGE,
        )
    return given


def _filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters for the first connection; libpq adds those of PG variables and files."""
    wait = {} if os.environ.get("PGCONNECT_TIMEOUT") else {"connect_timeout": CONNECT_SECONDS}
    host = {"hostaddr": ""} if given.get("host") else {}
    return {**wait, **host, **{name: value for name, value in given.items() if value}}


def _shown(given: Mapping[str, Any]) -> str:
    """Where the first connection goes, as far as it is known before; for error sentences."""
    known = {
        "host": os.environ.get("PGHOST") or os.environ.get("PGHOSTADDR") or "",
        "port": os.environ.get("PGPORT") or "5432",
        "user": os.environ.get("PGUSER") or "",
        "dbname": os.environ.get("PGDATABASE") or "",
        **{name: str(value) for name, value in given.items() if value},
    }
    service = os.environ.get("PGSERVICE")
    if service and not known["host"]:
        return f"service {service}"
    host = known["host"] or known.get("hostaddr") or "the local socket"
    return f"{host}:{known['port']}/{known['dbname']} (user {known['user'] or 'by default'})"


def _open(parameters: Mapping[str, Any], shown: str) -> psycopg.Connection:
    """Connect, or say in one sentence why not."""
    try:
        return connecting.connect(CONNECT_SECONDS, **parameters)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        said = str(error)
        user = parameters.get("user") or os.environ.get("PGUSER") or "this user"
        secret = str(parameters.get("password") or os.environ.get("PGPASSWORD") or "")
    for phrase, advice, *more in _CAUSES:
        if phrase in said and all(other in said for other in more):
            sentence = f"PostgreSQL at {shown} {advice.format(user=user)}."
            break
    else:
        reason = " ".join(said.split())
        sentence = f"PostgreSQL at {shown} cannot be used; correct this: {reason}"
    raise WarehouseError(sentence.replace(secret, "…") if secret else sentence)


def _target(connection: psycopg.Connection, given: Mapping[str, Any]) -> Target:
    """The login that an open connection really used, whatever files it came from."""
    said = {
        option.keyword.decode(): option.val.decode()
        for option in connection.pgconn.info
        if option.val and option.val != option.compiled
    }
    if (given.get("host") or os.environ.get("PGHOST")) and not given.get("hostaddr"):
        said["hostaddr"] = "" if given.get("host") else os.environ.get("PGHOSTADDR", "")
    info = connection.info
    return Target(
        host=info.host,
        port=info.port,
        user=info.user,
        password=info.password,
        dbname=info.dbname,
        sslmode=said.get("sslmode", "prefer"),
        options=said.get("options", ""),
        parameters=tuple(
            (name, value)
            for name, value in said.items()
            if value and name not in _NAMED and (name, value) not in _DEFAULTS
        ),
    )


def _checks_clients(connection: psycopg.Connection) -> bool:
    """Whether the server's system lets it look whether a client still lives."""
    try:
        with connection.transaction():
            connection.execute("set local client_connection_check_interval = '500ms'")
    except psycopg.errors.InvalidParameterValue:
        return False
    return True


def _check_settings(target: Target) -> None:
    """Refuse a pool that drops the settings of a session: numbers could mean something else."""
    with target.connect() as connection:
        row = connection.execute("select current_setting('warehouse.session', true)").fetchone()
    if row != (PINNED["warehouse.session"],):
        raise WarehouseError(
            f"{target.display()} is a pool that drops settings of a session, such as the time "
            "zone; name PostgreSQL itself in DATABASE_URL, not PgBouncer."
        )


def _check(connection: psycopg.Connection, target: Target) -> None:
    """Refuse servers that the models cannot run on."""
    version = connection.info.server_version // 10_000
    if version < OLDEST_VERSION:
        raise WarehouseError(
            f"PostgreSQL at {target.display()} is version {version}; "
            f"use {OLDEST_VERSION} to {NEWEST_VERSION}."
        )
    if version > NEWEST_VERSION:
        _logger.warning(
            "PostgreSQL at %s is version %s; this project is tested up to %s.",
            target.display(),
            version,
            NEWEST_VERSION,
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise WarehouseError(
            f"The database {target.display()} has encoding {encoding}; create one with "
            "createdb --encoding=UTF8 --template=template0."
        )
