"""Which text is read: manuals of Debian 12 packages (src/), guidance sites and sets of requests from GitHub (gh/).

`fetch.sh` puts both folders in place. Debian's package descriptions, rust-doc and the studio's sample are evaluation
data and are never read.
"""

import csv
import glob
import json
import os
import re

from readers import go_paragraphs, html_paragraphs, jargon_paragraphs, man_paragraphs, markdown, smart_answers, tldr

# source -> packages whose HTML is read
EXTRA = {  # source -> packages (html)
    "flask": "python-flask-doc python-werkzeug-doc python-jinja2-doc",
    "tornado": "python-tornado-doc python-requests-doc python-acme-doc python-certbot-doc",
    "sklearn": "python-sklearn-doc",
    "sympy": "python-sympy-doc",
    "mako": "python-mako-doc python-pygments-doc python-babel-doc python-setuptools-doc",
    "openstack": "nova-doc cinder-doc keystone-doc neutron-doc glance-doc heat-doc ironic-doc swift-doc python-openstackclient-doc",
}
MARKDOWN = (
    ("login.gov", "GSA-TTS+identity-site", "content/**"),
    ("cloud.gov", "cloud-gov+cg-site", "**"),
    ("18f", "18F+methods", "**"),
    ("18f", "18F+handbook", "pages/**"),
    ("digital.gov", "GSA+digitalgov.gov", "content/**"),
    ("va", "department-of-veterans-affairs+vagov-content", "**"),
    ("service-manual", "alphagov+government-service-design-manual", "service-manual/**"),
)
NO_TEXT = re.compile(r"LICEN|CONTRIB|README|CODE_OF|SECURITY|AGENTS|TEMPLATE|\.[a-z]{2}\.md$|/(?:es|fr|zh)/")

EVERYDAY = {"login.gov", "cloud.gov", "18f", "digital.gov", "va", "service-manual", "smart-answers", "tldr"}


def technical(src):
    """Jobs (source, reader, path) of the manuals of Debian packages."""

    def pages(package, pattern="**/*.html", skip=()):
        for path in sorted(glob.glob(f"{src}/{package}/usr/share/doc/{pattern}", recursive=True)):
            if not any(word in path for word in (*skip, "genindex", "/search", "modindex", "_modules", "changelog")):
                yield path

    jobs = [("python", html_paragraphs, p) for p in pages("python3.11-doc", skip=("whatsnew/changelog",))]
    jobs += [("postgresql", html_paragraphs, p) for p in pages("postgresql-doc-15")]
    jobs += [("go", html_paragraphs, p) for p in pages("golang-1.19-doc")]
    jobs += [("sqlite", html_paragraphs, p) for p in pages("sqlite3-doc")]
    jobs += [("apache", html_paragraphs, p) for p in pages("apache2-doc", "**/en/**/*.html")]
    jobs += [("cmake", html_paragraphs, p) for p in pages("cmake-doc")]
    jobs += [("nodejs", html_paragraphs, p) for p in pages("nodejs-doc", skip=("api/all.html",))]
    jobs += [("django", html_paragraphs, p) for p in pages("python-django-doc")]
    jobs += [("scipy", html_paragraphs, p) for p in pages("python-scipy-doc")]
    jobs += [("pandas", html_paragraphs, p) for p in pages("python-pandas-doc")]
    jobs += [("sqlalchemy", html_paragraphs, p) for p in pages("python-sqlalchemy-doc")]
    jobs += [("boost", html_paragraphs, p) for p in pages("libboost1.74-doc")]
    jobs += [("llvm", html_paragraphs, p) for p in pages("llvm-14-doc", skip=("AMDGPU/",))]
    jobs += [("erlang", html_paragraphs, p) for p in pages("erlang-doc", skip=("/wx-",))]
    jobs += [("zsh", html_paragraphs, p) for p in pages("zsh-doc")]
    jobs += [("openssl", man_paragraphs, p) for p in sorted(glob.glob(f"{src}/libssl-doc/usr/share/man/man*/*.gz"))]
    jobs += [
        ("go", go_paragraphs, p)
        for p in sorted(glob.glob(f"{src}/golang-1.19-src/usr/share/go-1.19/src/**/*.go", recursive=True))
        if "_test.go" not in p and "/testdata/" not in p
    ]
    jobs += [("jargon", jargon_paragraphs, p) for p in glob.glob(f"{src}/dict-jargon/usr/share/dictd/*.dz")]
    skip = ("genindex", "/search", "modindex", "_modules", "changelog", "/_sources", "releasenotes")
    for source, packages in EXTRA.items():
        for package in packages.split():
            found = sorted(glob.glob(f"{src}/{package}/usr/share/doc/**/*.html", recursive=True))
            jobs += [(source, html_paragraphs, p) for p in found if not any(word in p for word in skip)]
    twisted = sorted(glob.glob(f"{src}/twisted-doc/usr/share/doc/twisted-doc/html/**/*.html", recursive=True))
    jobs += [("twisted", html_paragraphs, p) for p in twisted if "/api/" not in p]
    return jobs


def everyday(gh):
    """Jobs (source, reader, path) of public guidance sites and tldr-pages."""
    jobs = []
    for source, repo, sub in MARKDOWN:
        for path in sorted(glob.glob(f"{gh}/{repo}/{sub}/*.md", recursive=True)):
            if not NO_TEXT.search(path):
                jobs.append((source, markdown, path))
    erb = sorted(glob.glob(f"{gh}/alphagov+smart-answers/app/flows/**/*.erb", recursive=True))
    jobs += [("smart-answers", smart_answers, p) for p in erb]
    pages = sorted(glob.glob(f"{gh}/tldr-pages+tldr/pages/**/*.md", recursive=True))
    return jobs + [("tldr", tldr, p) for p in pages]


def good(text):
    if not 45 <= len(text) <= 1500:
        return False
    letters = sum(c.isalpha() and c.isascii() or c == " " for c in text)
    return letters / len(text) > 0.78 and text.count(" ") >= 6


def records(src, gh):
    """Each paragraph worth reading, once: dict(source, title, heading, text, first)."""
    seen = set()
    for source, reader, path in technical(src) + everyday(gh):
        if os.path.islink(path):
            continue
        for title, heading, text, first in reader(path):
            key = re.sub(r"\W+", "", text.lower())[:200]
            if good(text) and key not in seen:
                seen.add(key)
                yield dict(source=source, title=title, heading=heading, text=text, first=first)


def wordnet_synsets(folder):
    for part in ("noun", "verb", "adj", "adv"):
        for line in open(f"{folder}/data.{part}", encoding="latin-1"):
            if line.startswith("  "):
                continue
            left, _, gloss = line.partition(" | ")
            fields = left.split()
            lemmas = [re.sub(r"\(\w+\)$", "", fields[4 + 2 * i]).replace("_", " ") for i in range(int(fields[3], 16))]
            pieces = [p.strip() for p in re.split(r";\s*", gloss.strip())]
            definition = "; ".join(p for p in pieces if not p.startswith('"'))
            examples = [p.strip('" ') for p in pieces if p.startswith('"')]
            yield part, lemmas, definition, examples


def intents(gh):
    """(source, {label: utterances}) of two public sets of everyday requests."""
    banks = {}
    with open(f"{gh}/PolyAI-LDN+task-specific-datasets/banking_data/train.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            banks.setdefault(row["category"].replace("_", " ").lower(), []).append(row["text"].strip())
    yield "banking77", banks
    clinc = {}
    with open(f"{gh}/clinc+oos-eval/data/data_full.json", encoding="utf-8") as file:
        data = json.load(file)
    for split in ("train", "val", "test"):
        for text, label in data[split]:
            clinc.setdefault(label.replace("_", " "), []).append(text)
    yield "clinc150", clinc
