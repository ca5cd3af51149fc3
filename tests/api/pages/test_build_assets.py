import json
import subprocess
import sys

from api.pages.assets import STATIC, manifest
from scripts import build_assets

LOCK = build_assets.ASSETS / "package-lock.json"


def test_a_second_build_builds_nothing(assets: None) -> None:
    before = (STATIC / build_assets.STAMP).stat()
    subprocess.run([sys.executable, build_assets.__file__], check=True)
    after = (STATIC / build_assets.STAMP).stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_a_changed_source_is_noticed() -> None:
    before = build_assets.sources_hash()
    extra = build_assets.ASSETS / "src" / ".test-of-the-hash.js"
    extra.write_text("// gone in a moment", encoding="utf-8")
    try:
        assert build_assets.sources_hash() != before
    finally:
        extra.unlink()
    assert build_assets.sources_hash() == before


def test_what_is_named_was_built(assets: None) -> None:
    manifest.cache_clear()
    assert {"main.js", "style.css", "map.css", "icon.svg"} <= set(manifest())
    assert all((STATIC / name).is_file() for name in manifest().values())


def test_the_lock_names_versions_and_checksums_but_no_host() -> None:
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_a_machine_without_node_is_told_apart() -> None:
    assert build_assets.node_major(None) == 0
    assert build_assets.node_major("/no/such/node") == 0
    _, node = build_assets.commands()
    assert build_assets.node_major(node[0]) >= build_assets.LEAST_NODE
