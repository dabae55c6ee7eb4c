"""The rows that Larch is measured by (tests/rows), and the tests that prove them.

A test proves a row by beginning its name with the row's ID, or with several:
"B-05 T13 fork ...". In the name of a C or Python function the ID is written
with underlines, test_A_38_..., in that of a kernel self-test with dashes. A
leading zero does not matter: P1 is P01.
"""

import collections
import glob
import os
import re

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
TABLE = os.path.join(TOP, "tests/rows")

Row = collections.namedtuple("Row", "name feature answer section")
Test = collections.namedtuple("Test", "name file")

# One ID and what may part it from the next one or from the text.
ID = re.compile(r"([A-Z])[-_ ]?0*(\d+)(?:[-_ ,:]+|$)")
LEFT_OUT = "left out: "

# Where the names of tests stand: files, and what comes before and in a name.
STRING = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
SOURCES = (
    ("tests/user/*.c", re.compile(r"^TEST\(" + STRING, re.M)),
    ("tests/host/test_*.c",
     re.compile(r"\b(?:cmocka_unit_test\w*|TEST)\(\s*(test_\w+)")),
    ("tests/check_*.py", re.compile(r"^def (test_\w+)", re.M)),
    ("tests/bin/cases/*.sh", re.compile(r"^check '([^']*)'", re.M)),
    ("kernel/selftest*.c", re.compile(r"^ *\{ " + STRING + r",", re.M)),
)


def key(letter, number):
    return letter, int(number)


def ids_of(name):
    """The keys of the rows that a test of this name proves, in its order."""
    name = name.removeprefix("test_")
    found = []
    while match := ID.match(name):
        found.append(key(*match.groups()))
        name = name[match.end():]
    return found


def text_of(name):
    """The name without its IDs, as words."""
    is_identifier = re.fullmatch(r"[\w-]+", name)
    name = name.removeprefix("test_")
    while match := ID.match(name):
        name = name[match.end():]
    return re.sub("[-_]", " ", name) if is_identifier else name


def read_table(path=TABLE):
    """{key: Row} in the order of the file."""
    rows, section = {}, ""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            line = line.strip()
            if line.startswith("## "):
                section = line[3:]
            elif line and not line.startswith("#"):
                row = Row(*line.split(" | "), section)
                (row_key,) = ids_of(row.name)
                assert row_key not in rows, f"{path}:{number}: {row.name} again"
                rows[row_key] = row
    return rows


def is_left_out(row):
    return row.answer.startswith(LEFT_OUT)


def plain(name):
    """A name as it stands in a source: one word, or strings side by side."""
    if not name.startswith('"'):
        return name
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', name)).replace('\\"', '"')


def find_tests():
    """{key: [Test]} of the source tree."""
    tests = collections.defaultdict(list)
    for pattern, expression in SOURCES:
        for path in sorted(glob.glob(os.path.join(TOP, pattern))):
            with open(path, encoding="utf-8") as file:
                names = expression.findall(file.read())
            for name in dict.fromkeys(plain(name) for name in names):
                test = Test(text_of(name), os.path.relpath(path, TOP))
                for row_key in ids_of(name):
                    tests[row_key].append(test)
    return tests


def uncovered(rows, names):
    """The rows that none of these tests proves, and that are not left out."""
    proved = {row_key for name in names for row_key in ids_of(name)}
    return [row for row_key, row in rows.items()
            if row_key not in proved and not is_left_out(row)]
