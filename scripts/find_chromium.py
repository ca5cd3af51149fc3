"""Find a Chromium for the browser tests, or install one where we may; say loudly when there is none.

`BAICHA_CHROMIUM`, else one on PATH, else Debian's packages when root. Exits 1 in CI when none is to be had.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")


def found() -> str | None:
    """Return the browser's path, None when there is none."""
    named = os.environ.get("BAICHA_CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Install Debian's Chromium and a font with Chinese letters; a failure shows in `found`."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print("Installing Chromium for the browser tests ...", flush=True)
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", *PACKAGES]):
        subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> int:
    """Return 0 when there is a browser, or when it may be missing."""
    if found() is None and shutil.which("apt-get") and os.geteuid() == 0:
        install()
    browser = found()
    if browser:
        print(f"Browser tests run in {browser}")
        return 0
    print("!!! NO CHROMIUM: THE BROWSER TESTS ARE SKIPPED. Install one, or name it in BAICHA_CHROMIUM. !!!")
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
