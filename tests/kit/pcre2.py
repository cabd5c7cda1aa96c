"""PCRE2 through its C interface, with the options that libmodsecurity gives it (src/utils/regex.cc)."""

from __future__ import annotations

import ctypes
from ctypes.util import find_library

Span = tuple[int, int] | None

_MULTILINE, _DOTALL = 0x400, 0x20
_NO_MATCH = -1


def library() -> ctypes.CDLL | None:
    """Load the library; None where there is none."""
    name = find_library("pcre2-8")
    if name is None:
        return None
    loaded = ctypes.CDLL(name)
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    loaded.pcre2_compile_8.restype = pointer
    loaded.pcre2_compile_8.argtypes = [ctypes.c_char_p, size, ctypes.c_uint32, pointer, pointer, pointer]
    loaded.pcre2_match_data_create_from_pattern_8.restype = pointer
    loaded.pcre2_match_data_create_from_pattern_8.argtypes = [pointer, pointer]
    loaded.pcre2_match_8.argtypes = [pointer, ctypes.c_char_p, size, size, ctypes.c_uint32, pointer, pointer]
    loaded.pcre2_get_ovector_pointer_8.restype = ctypes.POINTER(size)
    loaded.pcre2_get_ovector_pointer_8.argtypes = [pointer]
    loaded.pcre2_get_ovector_count_8.restype = ctypes.c_uint32
    loaded.pcre2_get_ovector_count_8.argtypes = [pointer]
    loaded.pcre2_code_free_8.argtypes = [pointer]
    loaded.pcre2_match_data_free_8.argtypes = [pointer]
    return loaded


class Pattern:
    """One compiled pattern; raises ValueError if PCRE has none such."""

    def __init__(self, loaded: ctypes.CDLL, pattern: bytes) -> None:
        self._library = loaded
        fault, place = ctypes.c_int(), ctypes.c_size_t()
        self._code = loaded.pcre2_compile_8(
            pattern, len(pattern), _MULTILINE | _DOTALL, ctypes.byref(fault), ctypes.byref(place), None
        )
        if not self._code:
            raise ValueError(f"PCRE's error {fault.value} at {place.value}")
        self._match = loaded.pcre2_match_data_create_from_pattern_8(self._code, None)

    def close(self) -> None:
        self._library.pcre2_match_data_free_8(self._match)
        self._library.pcre2_code_free_8(self._code)

    def search(self, text: bytes) -> list[Span] | None:
        """Return where each group matched, the whole first; None if nothing was found."""
        count = self._library.pcre2_match_8(self._code, text, len(text), 0, 0, self._match, None)
        if count == _NO_MATCH:
            return None
        assert count > 0, f"PCRE's error {count}"
        ends = self._library.pcre2_get_ovector_pointer_8(self._match)
        groups = range(self._library.pcre2_get_ovector_count_8(self._match))
        spans = [(ends[2 * group], ends[2 * group + 1]) for group in groups]
        return [span if group < count and span[1] <= len(text) else None for group, span in enumerate(spans)]
