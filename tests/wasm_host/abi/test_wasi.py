"""What a guest gets of WASI, asked for by guests in WAT."""

import time

import pytest
import wasmtime
from kit.wat import WatGuest

from proxy.errors import GuestTrap
from wasm_host.abi.wasi import MODULES, Exited, wasi_functions
from wasm_host.calls import Running

MODULE = "wasi_snapshot_preview1"
ONE_PAGE = 65536


class Asking:
    """A guest that imports one function, exports it as `it`, and has a page of memory."""

    def __init__(self, name: str, parameters: str, result: str = "i32", module: str = MODULE, **environment: str):
        self.lines: list[tuple[int, bytes]] = []
        self.running = Running(1.0)
        functions = wasi_functions(self.running, lambda level, line: self.lines.append((level, line)), environment)
        types = parameters.split()
        returns = f"(result {result})" if result else ""
        self.guest = WatGuest(
            f"""
            (import "{module}" "{name}" (func $it (param {parameters}) {returns}))
            (memory (export "memory") 1)
            (func (export "it") (param {parameters}) {returns}
                {" ".join(f"local.get {each}" for each in range(len(types)))} call $it)
            """,
            functions,
            self.running,
        )
        self.memory = self.guest.memory

    def it(self, *arguments: int) -> int:
        return self.guest.call("it", *arguments)

    def u32(self, at: int) -> int:
        return int.from_bytes(self.memory.read(at, 4), "little")

    def u64(self, at: int) -> int:
        return int.from_bytes(self.memory.read(at, 8), "little")


def pieces(*places: tuple[int, int]) -> bytes:
    return b"".join(at.to_bytes(4, "little") + size.to_bytes(4, "little") for at, size in places)


@pytest.fixture
def writing() -> Asking:
    asking = Asking("fd_write", "i32 i32 i32 i32")
    asking.memory.write(100, b"hello, world\nand moon")
    return asking


def written(asking: Asking, descriptor: int, *places: tuple[int, int]) -> int:
    asking.memory.write(0, pieces(*places))
    return asking.it(descriptor, 0, len(places), 64)


@pytest.mark.parametrize(("descriptor", "level"), [(1, 2), (2, 4)])
def test_standard_output_is_info_and_standard_error_is_error(writing: Asking, descriptor: int, level: int) -> None:
    assert written(writing, descriptor, (100, 5), (105, 7)) == 0
    assert writing.lines == [(level, b"hello, world")]
    assert writing.u32(64) == 12


def test_each_line_of_a_write_is_a_line_of_the_log(writing: Asking) -> None:
    written(writing, 1, (100, 21))
    assert writing.lines == [(2, b"hello, world"), (2, b"and moon")]


def test_other_descriptors_are_bad(writing: Asking) -> None:
    assert written(writing, 3, (100, 5)) == 8
    assert writing.lines == []


def test_a_long_write_is_taken_whole_and_logged_in_part(writing: Asking) -> None:
    assert written(writing, 1, (200, 60_000), (200, 60_000)) == 0
    assert writing.u32(64) == 120_000
    assert [len(line) for _, line in writing.lines] == [8192]


def test_a_write_in_more_pieces_than_a_system_takes_is_invalid(writing: Asking) -> None:
    assert writing.it(1, 0, 1025, 64) == 28


@pytest.mark.parametrize("place", [(ONE_PAGE - 1, 2), (0xFFFFFFFF, 1), (1, 0xFFFFFFFF)])
def test_a_write_from_outside_the_memory_is_a_fault(writing: Asking, place: tuple[int, int]) -> None:
    assert written(writing, 1, place) == 21
    assert writing.lines == []


@pytest.mark.parametrize("clock", [0, 1])
def test_clocks_run_in_nanoseconds(clock: int) -> None:
    asking = Asking("clock_time_get", "i32 i64 i32")
    before = [time.time(), time.monotonic()][clock]
    assert asking.it(clock, 0, 8) == 0
    assert before - 0.001 <= asking.u64(8) / 1e9 <= before + 10


def test_a_clock_of_the_process_is_not_supported() -> None:
    assert Asking("clock_time_get", "i32 i64 i32").it(2, 0, 8) == 58
    assert Asking("clock_res_get", "i32 i32").it(2, 8) == 58


def test_clocks_have_a_resolution() -> None:
    asking = Asking("clock_res_get", "i32 i32")
    assert asking.it(1, 8) == 0
    assert asking.u64(8) == 1000


def test_randomness_fills_exactly_what_was_asked_for() -> None:
    asking = Asking("random_get", "i32 i32")
    assert asking.it(100, 4000) == 0
    assert asking.memory.read(0, 100) == bytes(100)
    assert len(set(asking.memory.read(100, 4000))) > 200
    assert asking.memory.read(4100, 100) == bytes(100)


def test_randomness_has_a_cap() -> None:
    asking = Asking("random_get", "i32 i32")
    assert asking.it(0, 65536) == 0
    assert asking.it(0, 65537) == 28


def test_the_environment_is_what_was_configured() -> None:
    sizes = Asking("environ_sizes_get", "i32 i32", COLOUR="blue", EMPTY="")
    assert sizes.it(0, 4) == 0
    assert (sizes.u32(0), sizes.u32(4)) == (2, len(b"COLOUR=blue\0EMPTY=\0"))
    strings = Asking("environ_get", "i32 i32", COLOUR="blue", EMPTY="")
    assert strings.it(0, 100) == 0
    assert strings.memory.read(100, 19) == b"COLOUR=blue\0EMPTY=\0"
    assert [strings.u32(0), strings.u32(4)] == [100, 112]


def test_there_are_no_arguments() -> None:
    asking = Asking("args_sizes_get", "i32 i32")
    asking.memory.write(0, b"\xff" * 8)
    assert asking.it(0, 4) == 0
    assert asking.u64(0) == 0


def test_the_outputs_are_character_devices_that_can_be_written() -> None:
    asking = Asking("fd_fdstat_get", "i32 i32")
    assert asking.it(1, 0) == 0
    assert asking.memory.read(0, 1) == b"\x02"
    assert asking.u64(8) == 64
    assert asking.it(0, 0) == 8


def test_polling_ends_at_once_with_no_event() -> None:
    asking = Asking("poll_oneoff", "i32 i32 i32 i32")
    asking.memory.write(0, b"\xff" * 4)
    assert asking.it(100, 200, 1, 0) == 0
    assert asking.u32(0) == 0


def test_leaving_ends_the_guest_with_its_code() -> None:
    with pytest.raises(Exited) as caught:
        Asking("proc_exit", "i32", "").it(3)
    assert caught.value.code == 3
    assert isinstance(caught.value, GuestTrap)


@pytest.mark.parametrize(
    ("name", "parameters", "answer"),
    [
        ("fd_close", "i32", 0),
        ("fd_seek", "i32 i64 i32 i32", 0),
        ("fd_read", "i32 i32 i32 i32", 52),
        ("fd_prestat_get", "i32 i32", 8),
        ("fd_prestat_dir_name", "i32 i32 i32", 52),
        ("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32", 44),
        ("path_unlink_file", "i32 i32 i32", 58),
        ("sock_send", "i32 i32 i32 i32 i32", 58),
        ("fd_sync", "i32", 8),
    ],
)
def test_files_and_sockets_are_refused(name: str, parameters: str, answer: int) -> None:
    assert Asking(name, parameters).it(*(0 for _ in parameters.split())) == answer


def test_the_names_are_there_for_preview_1_and_its_predecessor() -> None:
    assert Asking("random_get", "i32 i32", module="wasi_unstable").it(0, 8) == 0
    functions = wasi_functions(Running(1.0), lambda *_: None, {})
    names = [{each.name for each in functions if each.module == module} for module in MODULES]
    assert names[0] == names[1]
    assert len(names[0]) == 46


def test_every_signature_is_the_one_that_wasmtime_has() -> None:
    engine = wasmtime.Engine()
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    for each in wasi_functions(Running(1.0), lambda *_: None, {}):
        if each.module != MODULE:
            continue
        types = " ".join({"i": "i32", "I": "i64"}[letter] for letter in each.signature.parameters)
        result = "(result i32)" if each.signature.result else ""
        module = wasmtime.Module(engine, f'(module (import "{MODULE}" "{each.name}" (func (param {types}) {result})))')
        store = wasmtime.Store(engine)
        store.set_wasi(wasmtime.WasiConfig())
        linker.instantiate(store, module)
