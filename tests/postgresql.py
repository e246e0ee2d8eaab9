"""A PostgreSQL server of the tests' own: made in a temporary folder, reached only through a socket there, stopped at the end."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

__all__ = ["NoServerError", "Server", "running_server"]


class NoServerError(Exception):
    """There is no server to run; the text says why."""


class Server:
    """A running server.

    Args:
        folder: Where its socket lies. `user`: the superuser inside it.
    """

    def __init__(self, folder: Path, user: str) -> None:
        self._folder, self._user = folder, user

    @contextmanager
    def schema(self) -> Iterator[str]:
        """Makes an empty schema and yields the SQLAlchemy URL that leads into it; a schema costs less than a database."""
        import psycopg

        name = f"case_{secrets.token_hex(8)}"
        with psycopg.connect(host=str(self._folder), user=self._user, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
            yield f"postgresql+psycopg://{self._user}@/postgres?host={quote(str(self._folder))}&options=-csearch_path%3D{name}"
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


def _programs() -> Path:
    """The folder with `initdb` and `pg_ctl`, the newest version first."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: [int(part) for part in folder.parent.name.split(".")],
    )
    found = shutil.which("initdb")
    for folder in (*reversed(versions), *([Path(found).resolve().parent] if found else [])):
        if all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise NoServerError("no PostgreSQL server is installed (Debian: apt-get install postgresql)")


def _owner() -> pwd.struct_passwd:
    """Who runs the server: this user, or for the superuser, which initdb refuses, somebody with no rights."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServerError("the superuser may not run PostgreSQL, and there is no user postgres or nobody to run it as")


@contextmanager
def running_server() -> Iterator[Server]:
    """Makes a cluster, runs it, and removes it.

    Raises:
        NoServerError: No server is installed, or nobody here may run it.
    """
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise NoServerError("psycopg is not installed (pip install 'safelight[postgresql]')") from error
    programs, owner = _programs(), _owner()
    # Not below pytest's own folder, which its owner alone may enter; and short, for a socket's name has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="safelight-pg-"))
    data = folder / "data"

    def call(*words: object) -> None:
        person = (
            {} if owner.pw_uid == os.geteuid() else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        )
        done = subprocess.run(
            [str(word) for word in words], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=120, check=False, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(folder)}, **person,
        )  # fmt: skip
        if done.returncode:
            log = folder / "log"
            raise RuntimeError(f"{words[0]} failed:\n{done.stdout}\n{log.read_text() if log.exists() else ''}")

    try:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        # Where the version has it, an order of text that is not that of the bytes: a case must be in order by its schema, not by luck.
        usage = subprocess.run([programs / "initdb", "--help"], capture_output=True, text=True, check=True).stdout
        icu = ("--locale-provider=icu", "--icu-locale=en-US") if "--icu-locale" in usage else ()
        call(
            programs / "initdb",
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "-N",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            *icu,
        )
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60 -c autovacuum=off"
        call(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
        try:
            yield Server(folder, "postgres")
        finally:
            call(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
