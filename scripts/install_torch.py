"""Install the pinned PyTorch as a CPU build: 200 MB instead of gigabytes of CUDA.

Run by `make install` with the virtual environment's own Python, before anything else is installed.
"""

import json
import subprocess
import sys

TORCH = "torch==2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def brings_cuda() -> bool:
    """Ask pip, without installing, whether the configured index would bring CUDA libraries along."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--report", "-", TORCH]
    asked = subprocess.run(command, check=False, capture_output=True, text=True)
    if asked.returncode != 0:
        print(f"pip cannot resolve {TORCH}; trying {CPU_INDEX}")
        return True
    names = [item["metadata"]["name"].lower() for item in json.loads(asked.stdout)["install"]]
    return any(name.startswith(("nvidia-", "triton", "cuda-")) for name in names)


def main() -> int:
    """Install torch, from the CPU index where the plain one would bring CUDA."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", TORCH]
    if brings_cuda():
        print(f"Installing the CPU build of {TORCH}. To have CUDA: `.venv/bin/pip install {TORCH}` first.")
        command += ["--index-url", CPU_INDEX]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
