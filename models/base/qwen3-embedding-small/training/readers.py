"""Readers of documentation: each yields (title, heading, paragraph, whether it is the first under its heading)."""

import gzip
import html
import os
import re

SPACES = re.compile(r"\s+")
TAGS = re.compile(r"<[^>]+>")
DROP = re.compile(
    r"<(script|style|nav|footer|pre|table|head)\b.*?</\1>|<!--.*?-->|<a class=\"headerlink\".*?</a>"
    r"|<a[^>]*title=\"Permalink[^>]*>.*?</a>",
    re.S | re.I,
)
BLOCK = re.compile(r"<(h[1-6]|p|dt)\b[^>]*>(.*?)(?=</\1>|<(?:h[1-6]|p|dt|dd|div|ul|ol|dl|/div|/dd|/li)\b)", re.S | re.I)
TITLE = re.compile(r"<title>(.*?)</title>", re.S | re.I)


def plain(fragment):
    text = SPACES.sub(" ", html.unescape(TAGS.sub("", fragment))).strip()
    return text.replace("\u00b6", "").replace("\u00ad", "").replace("\uf0c1", "").strip()


def html_paragraphs(path):
    raw = open(path, encoding="utf-8", errors="replace").read()
    found = TITLE.search(raw)
    title = re.split(r" [\u2014\u2013|] | -- | \u2014 | - (?=Apache|Boost)", plain(found.group(1)))[0] if found else ""
    heading, first = "", True
    for block in BLOCK.finditer(DROP.sub(" ", raw)):
        kind, text = block.group(1).lower(), plain(block.group(2))
        if kind == "p":
            if text:
                yield title, heading, text, first
                first = False
        elif text and len(text) < 200:
            heading, first = re.sub(r"^[\dA-Z]*[\d.]+\s+", "", text), True


ROFF_FONT = re.compile(r"\\f(?:\[[^\]]*\]|\([A-Za-z]{2}|.)|\\s[-+]?\d+|\\[&|^%/,:]|\\m\[[^\]]*\]")
ROFF_CHARS = {
    r"\-": "-",
    r"\(aq": "'",
    r"\(dq": '"',
    r"\(bu": "",
    r"\(em": " - ",
    r"\(en": "-",
    r"\e": "\\",
    r"\ ": " ",
    r"\~": " ",
    r"\(co": "(c)",
    r"\(lq": '"',
    r"\(rq": '"',
    r"\(ha": "^",
    r"\(ti": "~",
    r"\*(C+": "C++",
    r"\*(--": "-",
}


def roff_clean(text):
    text = ROFF_FONT.sub("", text)
    for name, char in ROFF_CHARS.items():
        text = text.replace(name, char)
    return SPACES.sub(" ", re.sub(r"\\\(..|\\\[[^\]]*\]|\\\*\(..|\\\*.", "", text)).strip()


def roff_arguments(rest):
    return [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', rest)]


def man_paragraphs(path):
    title = os.path.basename(path).split(".")[0]
    section, buffer, skip, out = "", [], False, []

    def flush():
        text = roff_clean(" ".join(buffer))
        buffer.clear()
        if text:
            out.append((section, text))

    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if not line.startswith((".", "'")):
                if not skip:
                    buffer.append(line) if line.strip() else flush()
                continue
            macro, _, rest = line[1:].partition(" ")
            if macro in ("nf", "EX", "TS", "Vb", "de", "ig"):
                flush()
                skip = True
            elif macro in ("fi", "EE", "TE", "Ve", "."):
                skip = False
            elif macro in ("SH", "SS"):
                flush()
                section, skip = roff_clean(" ".join(roff_arguments(rest))), False
            elif macro in ("PP", "P", "LP", "TP", "IP", "RS", "RE", "TQ"):
                flush()
            elif skip:
                continue
            elif macro in ("B", "I", "SM"):
                buffer.append(" ".join(roff_arguments(rest)))
            elif macro in ("BR", "RB", "BI", "IB", "RI", "IR"):
                buffer.append("".join(roff_arguments(rest)))
    flush()
    name = next((t for s, t in out if s == "NAME"), "")
    summary = re.split(r" \\?- ", name, maxsplit=1)[-1] if " - " in name else ""
    last = None
    for section, text in out:
        if section in ("NAME", "SYNOPSIS", "LIBRARY", "SEE ALSO", "COLOPHON", "COPYRIGHT", "ATTRIBUTES"):
            continue
        is_lead = section == "DESCRIPTION" and last != section
        heading = summary if section == "DESCRIPTION" and summary else section.lower()
        yield title, heading, text, is_lead or last != section
        last = section


GO_DOC = re.compile(r"((?:^//(?: .*)?\n)+)^(?:func (?:\([^)]*\) )?|type |var |const )([A-Za-z_]\w*)", re.M)
GO_PACKAGE = re.compile(r"^package (\w+)", re.M)


def go_paragraphs(path):
    raw = open(path, encoding="utf-8", errors="replace").read()
    package = GO_PACKAGE.search(raw)
    package = package.group(1) if package else ""
    for match in GO_DOC.finditer(raw):
        text = SPACES.sub(" ", re.sub(r"^//(?:go:.*)? ?", "", match.group(1), flags=re.M)).strip()
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", match.group(2)).replace("_", " ")
        yield f"go {package}", name, text, True


def jargon_paragraphs(path):
    term = ""
    for block in re.split(r"\n\s*\n", gzip.open(path, "rt", encoding="utf-8", errors="replace").read()):
        lines = block.split("\n")
        if lines and lines[0][:1].strip() and len(lines[0]) < 60:
            term = lines[0].strip()
        if lines[0].startswith("    ") and term:
            text = SPACES.sub(" ", block).replace("{", "").replace("}", "").strip()
            yield "jargon", term, re.sub(r"^\[[^\]]*\] ", "", text), True


INLINE = [
    (re.compile(r"<%.*?%>|\{%.*?%\}|\{\{.*?\}\}|<[^>]+>|`{3}.*?`{3}", re.S), " "),
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), " "),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]*)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r"[*_`]{1,3}([^*_`]+)[*_`]{1,3}"), r"\1"),
    (re.compile(r"\{:?[^}]*\}|\$[A-Z]+\b|\\"), " "),
]


def clean(text):
    for pattern, to in INLINE:
        text = pattern.sub(to, text)
    return SPACES.sub(" ", text).strip()


def markdown(path):
    raw = open(path, encoding="utf-8", errors="replace").read()
    title, front = "", re.match(r"---\n(.*?)\n---\n", raw, re.S)
    if front:
        raw = raw[front.end() :]
        found = re.search(r"^(?:title|heading|page_title):\s*(.+)$", front.group(1), re.M)
        title = clean(found.group(1).strip("\"' ")) if found else ""
        about = re.search(r"^(?:description|summary|deck|meta_desc):\s*(?:[>|]-?\n)?\s*(.+)$", front.group(1), re.M)
        if title and about:
            yield title, title, clean(about.group(1).strip("\"' ")), True
    raw = re.sub(r"```.*?```|<(script|style|table)\b.*?</\1>|<!--.*?-->", " ", raw, flags=re.S)
    heading, first, pending = title, True, []
    for block in re.split(r"\n\s*\n|\n(?=#)|(?<=\n)(?=#)", raw):
        block = block.strip()
        found = re.match(r"(#{1,6})\s*(.+?)\s*#*(?:\n(.*))?$", block, re.S)
        if found:
            heading, first, pending = clean(found.group(2)), True, []
            title = title or heading
            block = (found.group(3) or "").strip()
            if not block:
                continue
        text = clean(re.sub(r"^\s*(?:[-*+>]|\d+[.)])\s+", "", block, flags=re.M))
        if len(text) < 60 and text:  # short pieces of a list or of a step are joined
            pending.append(text)
            if sum(map(len, pending)) < 200:
                continue
            text, pending = " ".join(pending), []
        elif pending:
            text, pending = " ".join(pending + [text]), []
        if text:
            yield title, heading, text[:1500], first
            first = False
    if pending:
        yield title, heading, " ".join(pending), first


def smart_answers(path):
    raw = open(path, encoding="utf-8", errors="replace").read()
    found = re.search(r"(?:text_for|govspeak_for|html_for) :title do %>(.*?)<% end %>", raw, re.S)
    title = clean(found.group(1)) if found else os.path.basename(path)[:-4].replace("_", " ")
    flow = re.search(r"flows/(\w+?)(?:_flow)?/", path)
    flow = flow.group(1).replace("_", " ") if flow else title
    heading, first = title, True
    for part in re.findall(
        r"(?:text_for|govspeak_for|html_for) :(?!title|error)\w+ do %>(.*?)(?=<% end %>\s*(?:<% (?:text_for|govspeak_for|html_for|options)|\Z)|\Z)",
        raw,
        re.S,
    ):
        for block in re.split(r"\n\s*\n", part):
            block = block.strip()
            if re.match(r"#+\s*", block):
                heading, first = clean(block.split("\n")[0].lstrip("# ")), True
                block = "\n".join(block.split("\n")[1:])
            text = clean(re.sub(r"^\s*(?:[-*+$]\w?|\d+[.)])\s+", "", block, flags=re.M))
            if text:
                yield flow, heading, text[:1500], first
                first = False


def tldr(path):
    raw = open(path, encoding="utf-8", errors="replace").read()
    name = re.match(r"# (.+)", raw)
    about = " ".join(
        line[2:]
        for line in raw.split("\n")
        if line.startswith("> ") and "More information" not in line and "See also" not in line
    )
    if name and about:
        todo = "; ".join(line[2:].rstrip(":") for line in raw.split("\n") if line.startswith("- "))
        yield "", f"{name.group(1)}", clean(f"{about} {todo}"), True
