"""Compiles the few loops that need it, once for a machine: Numba, with its cache where this user can write.

Importing this module imports Numba, which takes about half a second: only `kernels` does it, and only an index that has enough to do
imports that. Numba alone would write beside the installed code and end with an error where neither that nor the home can be
written; here the cache lies in the user's cache directory, and where that cannot be written each process compiles for itself.
"""

from __future__ import annotations

import os
import pickle
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import numba
from llvmlite import ir
from numba.extending import intrinsic
from platformdirs import user_cache_path

__all__ = ["bits_set", "compiled", "fetch_ahead"]

_ROOM_BYTES: Final = 64 << 20
_DAMAGE: Final = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError, MemoryError, RuntimeError,
)  # fmt: skip
"""What reading a pickle that is cut off or altered ends with."""
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _cache_directory() -> Path | None:
    """The user's own cache directory; None when there is none that this user, and no other, can write."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return Path(os.environ["NUMBA_CACHE_DIR"])
    path = Path(user_cache_path("safelight")) / "compiled"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = path.stat()
    except OSError:
        return None
    # What lies there is run: a directory that others can write is not trusted.
    own = state.st_uid == os.geteuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    # Numba ends with an error when what it compiled does not fit on the disk.
    roomy = shutil.disk_usage(path).free > _ROOM_BYTES
    return path if own and roomy and os.access(path, os.W_OK | os.X_OK) else None


_CACHE: Final = _cache_directory()


def _forgiving(cache: Any) -> None:
    """Lets a cache file that is damaged count as none, so that it is made again: Numba would end with the error of whatever read it."""
    load = cache.load_overload

    def loaded(*words: Any) -> Any:
        try:
            return load(*words)
        except _DAMAGE:
            # What cannot be written either stays: then each process compiles.
            with suppress(OSError):
                cache.flush()
            return None

    cache.load_overload = loaded


def compiled(function: _Function) -> _Function:
    """Compiles a function of numbers and arrays; it releases the interpreter's lock while it runs."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_CACHE or "")
    try:
        made: _Function = numba.njit(function, nogil=True, cache=_CACHE is not None, boundscheck=False)
    finally:
        numba.config.CACHE_DIR = before
    if _CACHE is not None:
        _forgiving(made._cache)  # type: ignore[attr-defined]
    return made


def _bits_set(typing_context: Any, word: Any) -> Any:  # noqa: ARG001 - Numba gives these
    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        kind = ir.IntType(64)
        function = builder.module.declare_intrinsic("llvm.ctpop", [kind], ir.FunctionType(kind, [kind]))
        return builder.call(function, [arguments[0]])

    return numba.int64(numba.uint64), made


def _fetch_ahead(typing_context: Any, array: Any, place: Any) -> Any:  # noqa: ARG001
    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.bitcast(builder.gep(held.data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], shape)
        builder.call(function, [pointer, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return numba.void(array, place), made


bits_set: Any = intrinsic(_bits_set)
"""`bits_set(word)`, for compiled code only: the number of bits set in an unsigned 64-bit word, one instruction of the processor."""

fetch_ahead: Any = intrinsic(_fetch_ahead)
"""`fetch_ahead(array, place)`, for compiled code only: asks the memory for an element of a contiguous array that will be read soon."""
