"""Translations of the plugin: extract texts from its source, read .po files, write .mo and Jed files.

`python plugins/wordpress/translations.py` rewrites languages/recsys-related.pot.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parent / "recsys-related"
DOMAIN = "recsys-related"

_QUOTED = r"'((?:[^'\\]|\\.)*)'"
_CALL = re.compile(rf"\b(?:__|esc_html__|esc_html_e|esc_attr__|esc_attr_e)\(\s*{_QUOTED},\s*'{DOMAIN}'", re.S)
_PLURAL = re.compile(rf"\b_n\(\s*{_QUOTED},\s*{_QUOTED},.+?,\s*'{DOMAIN}'", re.S)
_HEADER = ("Plugin Name", "Description")
_BLOCK = ("title", "description")
_LINE = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr|msgstr\[\d+\])?\s*("(?:[^"\\]|\\.)*")$')


@dataclass(frozen=True)
class Message:
    """A text with its context and its translations, one per plural form."""

    text: str
    plural: str = ""
    context: str = ""
    translations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key in gettext catalogues, without the plural."""
        return f"{self.context}\x04{self.text}" if self.context else self.text


def find_texts() -> list[Message]:
    """Return all texts of the source in order, with the files they occur in."""
    places_by_text: dict[tuple[str, str, str], list[str]] = {}
    for path in sorted(SOURCE.rglob("*")):
        for text, plural, context in _texts_of(path):
            places_by_text.setdefault((text, plural, context), []).append(path.relative_to(SOURCE).as_posix())
    return [Message(*key, places=tuple(dict.fromkeys(places))) for key, places in places_by_text.items()]


def _texts_of(path: Path) -> Iterator[tuple[str, str, str]]:
    if path.suffix not in {".php", ".js", ".json"}:
        return
    source = path.read_text(encoding="utf-8")
    if path.name == "block.json":
        block = json.loads(source)
        yield from ((block[name], "", f"block {name}") for name in _BLOCK)
        yield from ((word, "", "block keyword") for word in block["keywords"])
    if path.name == f"{DOMAIN}.php":
        yield from (
            (match[1].strip(), "", "") for name in _HEADER if (match := re.search(rf"{name}:(.+)", source))
        )
    yield from ((_unquote(text), "", "") for text in _CALL.findall(source))
    yield from ((_unquote(one), _unquote(many), "") for one, many in _PLURAL.findall(source))


def _unquote(text: str) -> str:
    return text.replace("\\'", "'").replace("\\\\", "\\")


def read_po(source: str) -> list[Message]:
    """Return the translated messages of a .po file, the header first (text '')."""
    messages = []
    for paragraph in re.split(r"\n\s*\n", source):
        fields: dict[str, str] = {}
        name = ""
        for line in paragraph.splitlines():
            if match := _LINE.match(line.strip()):
                name = match[1] or name
                fields[name] = fields.get(name, "") + ast.literal_eval(match[2])
        translations = tuple(value for key, value in fields.items() if key.startswith("msgstr"))
        if "msgid" in fields and translations and all(translations):
            context = fields.get("msgctxt", "")
            messages.append(Message(fields["msgid"], fields.get("msgid_plural", ""), context, translations))
    return messages


def write_mo(messages: list[Message]) -> bytes:
    """Return a .mo catalogue (GNU gettext manual, 10.3) without a hash table."""
    pairs = sorted(
        ((m.key + (f"\0{m.plural}" if m.plural else "")).encode(), "\0".join(m.translations).encode())
        for m in messages
    )
    count = len(pairs)
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 28 + 16 * count)
    tables, texts, offset = [], [], 28 + 16 * count
    for side in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<2I", len(pair[side]), offset))
            texts.append(pair[side] + b"\0")
            offset += len(pair[side]) + 1
    return head + b"".join(tables) + b"".join(texts)


def write_jed(messages: list[Message], name: str, script: str) -> tuple[str, bytes]:
    """Return the path and content of a script's translations in Jed format."""
    locale = name.removeprefix(f"{DOMAIN}-")
    calls = set(_CALL.findall((SOURCE / script).read_text(encoding="utf-8")))
    texts = {_unquote(text) for text in calls}
    translations = {m.key: list(m.translations) for m in messages if m.text and m.text in texts}
    document = {
        "domain": "messages",
        "locale_data": {"messages": {"": {"domain": "messages", "lang": locale}, **translations}},
    }
    hashed = hashlib.md5(script.encode(), usedforsecurity=False).hexdigest()
    data = json.dumps(document, ensure_ascii=False, sort_keys=True).encode()
    return f"languages/{name}-{hashed}.json", data


def write_pot(messages: list[Message]) -> str:
    """Return the .pot template for translators."""
    lines = ['msgid ""', 'msgstr ""', '"Project-Id-Version: Recsys Related Headlines 0.1.0\\n"']
    lines += ['"MIME-Version: 1.0\\n"', '"Content-Type: text/plain; charset=UTF-8\\n"']
    lines += ['"Content-Transfer-Encoding: 8bit\\n"', f'"X-Domain: {DOMAIN}\\n"']
    for message in messages:
        lines += ["", "#: " + " ".join(message.places)]
        lines += [f"msgctxt {_quote(message.context)}"] if message.context else []
        lines += [f"msgid {_quote(message.text)}"]
        if message.plural:
            lines += [f"msgid_plural {_quote(message.plural)}", 'msgstr[0] ""', 'msgstr[1] ""']
        else:
            lines += ['msgstr ""']
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


if __name__ == "__main__":
    template = SOURCE / "languages" / f"{DOMAIN}.pot"
    texts = find_texts()
    template.write_text(write_pot(texts), encoding="utf-8")
    print(f"{template.name}: {len(texts)} texts")
