"""The list of system calls, lwp/syscalls.def, as C for programs has it."""

import os
import re

TOP = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../..")
PATH = os.path.join(TOP, "lwp/syscalls.def")
CALL = re.compile(r"^SYSCALL(?:_FRAME)?\((\d+), *(\w+)(.*)\)$")
TYPES = {"uptr_t": "void *", "ustr_t": "const char *"}


def read_lines(path=PATH):
    """The lines of the list; a call that takes several is joined to one."""
    with open(path, encoding="utf-8") as file:
        return file.read().replace(",\n", ", ").splitlines()


def parse(line):
    """(number, name, [(type, argument), ...]), or None if it is no call."""
    found = CALL.match(line)
    if not found:
        return None
    words = [word.strip() for word in found[3].split(",") if word.strip()]
    return int(found[1]), found[2], list(zip(words[::2], words[1::2]))


def declare(name, arguments):
    """name(type argument, ...)"""
    words = [TYPES.get(kind, kind + " ") + argument
             for kind, argument in arguments]
    return f"{name}({', '.join(words)})"
