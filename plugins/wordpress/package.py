"""Build the plugin's zip file: `make plugin`. The build is reproducible.

Besides the files in recsys-related/ it contains the widget's script and compiled translations.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from translations import read_po, write_jed, write_mo

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCE = HERE / "recsys-related"
WIDGET = ROOT / "recsys" / "serve" / "static" / "widget.js"
TARGET = ROOT / "dist" / "recsys-related.zip"
MOMENT = (2025, 1, 1, 0, 0, 0)
"""The time of every file in the zip, for a reproducible build."""


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of every file."""
    for path in sorted(SOURCE.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(SOURCE).as_posix(), path.read_bytes()
    yield "assets/widget.js", WIDGET.read_bytes()
    yield "LICENSE", (ROOT / "LICENSE").read_bytes()
    for path in sorted((SOURCE / "languages").glob("*.po")):
        messages = read_po(path.read_text(encoding="utf-8"))
        yield f"languages/{path.stem}.mo", write_mo(messages)
        for script in sorted(SOURCE.rglob("*.js")):
            yield write_jed(messages, path.stem, script.relative_to(SOURCE).as_posix())


def build(target: Path = TARGET) -> int:
    """Write the zip and return the number of files."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".new")
    count = 0
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files():
            entry = zipfile.ZipInfo(f"recsys-related/{name}", MOMENT)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
            count += 1
    temporary.replace(target)
    return count


if __name__ == "__main__":
    count = build()
    print(f"{TARGET.relative_to(ROOT)}: {count} files, {TARGET.stat().st_size / 1000:.0f} kB")
