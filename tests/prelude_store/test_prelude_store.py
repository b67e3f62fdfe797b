"""Preludes under version control: versions, locking, limits, files."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from functools import partial

import msgspec
import pytest

from ptc_lisp import PreludeError, PreludeRef, PreludeStore, PreludeStoreError, StoreLimits

ONE = '(ns crm "Customers")\n(defn rate [] 1)\n'
TWO = '(ns crm "Customers")\n(defn rate [] 2)\n'


def refused(call, reason):
    with pytest.raises(PreludeStoreError) as caught:
        call()
    assert caught.value.reason == reason
    assert caught.value.hint
    return caught.value


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    with PreludeStore(None if request.param == "memory" else tmp_path / "library.sqlite") as opened:
        yield opened


def test_row_111_versions_are_immutable_and_read_by_ref(store):
    first, second = store.write("crm", ONE), store.write("crm", TWO, {"reason": "twice"})
    assert (first.version, second.version) == (1, 2)
    assert store.read("crm").source == TWO
    assert store.read("crm@1").source == ONE
    assert store.read({"id": "crm", "version": 1, "checksum": first.checksum}) == first
    assert store.read(second.ref) == store.read(second) == second
    assert [version.version for version in store.history("crm")] == [2, 1]
    assert [(entry.id, entry.versions, entry.default) for entry in store.list()] == [("crm", 2, 2)]
    assert first.prelude.find("crm/rate") is not None
    assert first.prelude.components[0].metadata["version"] == 1
    assert first.prelude.source_hash == first.checksum


def test_row_111_a_wrong_parent_checksum_is_a_stale_base(store):
    first = store.write("crm", ONE)
    store.write("crm", TWO, {"parent_checksum": first.checksum})
    error = refused(lambda: store.write("crm", ONE, {"parent_checksum": first.checksum}), "stale_base")
    assert error.details["latest"] == 2
    assert error.details["checksum"] == store.read("crm").checksum
    refused(lambda: store.write("crm", ONE, {"parent_version": 1}), "stale_base")
    refused(lambda: store.write("new", ONE.replace("crm", "new"), {"parent_version": 1}), "stale_base")
    assert len(store.history("crm")) == 2


def test_row_111_the_default_can_be_chosen(store):
    store.write("crm", ONE)
    store.set_default("crm", 1)
    store.write("crm", TWO)
    assert store.read("crm").version == 1
    assert store.list()[0].pinned
    store.set_default("crm", None)
    assert store.read("crm").version == 2
    refused(lambda: store.set_default("crm", 9), "not_found")


def test_row_111_limits_hold():
    limits = StoreLimits(source_bytes=60, metadata_bytes=40, total_bytes=150, versions=2, preludes=2)
    store = PreludeStore(limits=limits)
    long = ONE + ";" * 60
    assert refused(lambda: store.write("crm", long), "source_too_large").details["limit"] == 60
    refused(lambda: store.write("crm", ONE, {"reason": "x" * 40}), "metadata_too_large")
    store.write("crm", ONE)
    store.write("crm", TWO)
    refused(lambda: store.write("crm", ONE), "too_many_versions")
    store.write("a", "(ns a)(def x 1)")
    refused(lambda: store.write("b", "(ns b)(def x 1)"), "too_many_preludes")
    refused(lambda: store.write("a", "(ns a)(def x 1)" + " " * 40), "store_full")
    assert [(entry.id, entry.versions) for entry in store.list()] == [("a", 1), ("crm", 2)]


def test_row_111_the_limits_that_nobody_chose():
    assert StoreLimits() == StoreLimits(
        source_bytes=1_000_000, metadata_bytes=8_192, total_bytes=10_485_760, versions=1_000, preludes=1_000
    )


def test_the_namespace_must_be_the_id(store):
    error = refused(lambda: store.write("sales", ONE), "namespace_mismatch")
    assert "(ns sales" in error.hint
    refused(lambda: store.write("crm", ONE + "(ns more)(def x 1)"), "namespace_mismatch")
    assert store.list() == ()


def test_a_source_that_does_not_compile_leaves_no_version(store):
    with pytest.raises(PreludeError) as caught:
        store.write("crm", "(ns crm)\n(defn rate [] (nope 1))")
    assert caught.value.reason == "compile_error"
    assert "line 2" in str(caught.value)
    with pytest.raises(PreludeError):
        store.check("crm", "(ns crm")
    assert store.check("crm", ONE).find("crm/rate") is not None
    assert store.list() == ()


@pytest.mark.parametrize("ident", ["", "a b", "1a", "crm@1", "x" * 101, 3, "a/b"])
def test_ids_are_names(store, ident):
    refused(lambda: store.write(ident, ONE), "invalid_id")


@pytest.mark.parametrize(
    "ref", ["crm@", "crm@x", "crm@-1", "crm@1@2", {"version": 1}, {"id": "crm", "v": 1}, 3, None]
)
def test_refs_that_name_nothing(store, ref):
    refused(lambda: store.read(ref), "invalid_ref")


def test_what_is_not_there(store):
    assert "empty" in refused(lambda: store.read("crm"), "not_found").hint
    store.write("crm", ONE)
    assert "1 to 1" in refused(lambda: store.read("crm@2"), "not_found").hint
    for ref in ("crm@0", "crm@2147483648", f"crm@{'9' * 30}"):
        refused(partial(store.read, ref), "not_found")
    refused(lambda: store.read({"id": "crm", "version": -(1 << 62)}), "not_found")
    assert refused(lambda: store.history("sales"), "not_found").details["ids"] == ["crm"]
    other = {"id": "crm", "checksum": "0" * 64}
    assert refused(lambda: store.read(other), "checksum_mismatch").details["version"] == 1


@pytest.mark.parametrize(
    "metadata", [{"reason": 3}, {"parent_version": "1"}, {"x": object()}, {1: 2}, [("reason", 3)], 5]
)
def test_metadata_is_json_and_its_known_keys_are_typed(store, metadata):
    refused(lambda: store.write("crm", ONE, metadata), "invalid_metadata")
    assert store.list() == ()


def test_row_111_the_public_view_is_bounded_and_shows_documented_metadata_only(store):
    source = ONE + ";é" * 40_000
    made = store.write("crm", source, {"reason": "why", "created_by": "me", "ticket": "secret"})
    shown = made.public()
    assert shown["metadata"] == {"reason": "why", "created_by": "me"}
    assert len(shown["source"].encode()) <= 65_536
    assert shown["source_truncated"]
    assert source.startswith(shown["source"])
    assert "source" not in made.public(source=False)
    assert made.metadata["ticket"] == "secret"
    assert msgspec.json.encode(shown)
    assert source not in repr(made)


def test_a_file_outlives_its_store_and_is_shared(tmp_path):
    path = tmp_path / "library.sqlite"
    with PreludeStore(path) as store:
        first = store.write("crm", ONE, {"reason": "first"})
        store.write("crm", TWO)
        store.set_default("crm", 1)
        with PreludeStore(str(path)) as other:
            assert other.read("crm") == first
            other.set_default("crm", None)
            other.write("crm", ONE)
        assert store.read("crm").version == 3
    with PreludeStore(path) as store:
        assert [version.version for version in store.history("crm")] == [3, 2, 1]
        assert store.read("crm@1").metadata == {"reason": "first"}
        assert store.read("crm@1").origin == "file"


def test_a_file_that_is_none_is_refused(tmp_path):
    wrong = tmp_path / "notes.txt"
    wrong.write_text("no database " * 100)
    assert "notes.txt" in str(refused(lambda: PreludeStore(wrong), "unusable_file"))
    refused(lambda: PreludeStore(tmp_path / "nowhere" / "library.sqlite"), "unusable_file")
    newer = tmp_path / "newer.sqlite"
    with closing(sqlite3.connect(newer)) as db:
        db.execute("PRAGMA user_version = 9")
    assert "format 9" in str(refused(lambda: PreludeStore(newer), "unusable_file"))


def test_a_source_that_was_changed_behind_the_store_is_noticed(tmp_path):
    path = tmp_path / "library.sqlite"
    with PreludeStore(path) as store:
        store.write("crm", ONE)
        with sqlite3.connect(path) as db:
            db.execute("UPDATE versions SET source = ?", (TWO,))
        db.close()
        refused(lambda: store.read("crm"), "checksum_mismatch")


def test_of_many_writers_with_the_same_base_one_wins(tmp_path):
    path = tmp_path / "library.sqlite"
    with PreludeStore(path) as first:
        base = first.write("crm", ONE).checksum
        stores = [first, PreludeStore(path)]
        ends = []

        def write(store, number):
            try:
                ends.append(store.write("crm", f"(ns crm)(def n {number})", {"parent_checksum": base}))
            except PreludeStoreError as error:
                ends.append(error.reason)

        threads = [threading.Thread(target=write, args=(stores[n % 2], n)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stores[1].close()
        assert sorted(map(str, ends)) == ["crm@2", *["stale_base"] * 5]
        assert len(first.history("crm")) == 2


def test_refs_print_as_they_are_written():
    assert str(PreludeRef.of("crm")) == "crm"
    assert str(PreludeRef.of("crm@2")) == "crm@2"
    assert PreludeRef.of({"id": "crm", "version": 2}) == PreludeRef("crm", 2)


WRITER = """
import sys
from ptc_lisp import PreludeStore
with PreludeStore(sys.argv[1]) as store:
    for number in range(5):
        store.write("crm", f"(ns crm)(def n {number})", {"created_by": sys.argv[2]})
"""


def test_processes_share_a_file(tmp_path):
    path = tmp_path / "library.sqlite"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("a", "b")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with PreludeStore(path) as store:
        history = store.history("crm")
    assert [version.version for version in history] == list(range(10, 0, -1))
    assert [version.metadata["created_by"] for version in history].count("a") == 5


def test_a_store_works_on_in_a_forked_host(tmp_path):
    with PreludeStore(tmp_path / "library.sqlite") as store:
        store.write("crm", ONE)
        child = os.fork()
        if child == 0:
            os._exit(
                0 if store.set_default("crm", 1).version == 1 and store.read("crm@1").source == ONE else 1
            )
        assert os.waitpid(child, 0)[1] == 0
        assert store.list()[0].pinned
        assert store.write("crm", TWO).version == 2
