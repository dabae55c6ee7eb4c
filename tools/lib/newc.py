"""Writes newc cpio archives, the format of an initramfs.

The same tree gives the same bytes: entries are sorted, times are fixed, and
everything belongs to root, so no privilege is needed to make one.
"""

import os
import stat

MTIME = 1577836800  # 2020-01-01, as good a day as any other
ALIGN = 4


def _pad(data):
    return data + b"\0" * (-len(data) % ALIGN)


def _record(name, ino, mode, data=b"", nlink=1):
    path = name.encode() + b"\0"
    fields = (ino, mode, 0, 0, nlink, MTIME, len(data), 0, 0, 0, 0,
              len(path), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    return _pad(header + path) + _pad(data)


class Archive:
    """The entries of one archive, by guest path. A later add wins."""

    def __init__(self):
        self._entries = {}

    def _add(self, guest, mode, data=b""):
        name = os.path.normpath("/" + guest).lstrip("/")
        if not name:
            return
        parent = os.path.dirname(name)
        if parent and parent not in self._entries:
            self.add_folder(parent)
        self._entries[name] = (mode, data)

    def add_folder(self, guest, mode=0o755):
        self._add(guest, stat.S_IFDIR | mode)

    def add_link(self, guest, target):
        self._add(guest, stat.S_IFLNK | 0o777, target.encode())

    def add_bytes(self, guest, data, mode=0o644):
        self._add(guest, stat.S_IFREG | mode, data)

    def add_file(self, host, guest):
        """A host file with its content and permissions."""
        mode = stat.S_IMODE(os.stat(host).st_mode)
        with open(host, "rb") as file:
            self.add_bytes(guest, file.read(), mode)

    def add_tree(self, host, guest=""):
        """A host file, link or folder with all below it."""
        if os.path.islink(host):
            self.add_link(guest, os.readlink(host))
        elif os.path.isdir(host):
            self.add_folder(guest, stat.S_IMODE(os.stat(host).st_mode))
            for name in sorted(os.listdir(host)):
                self.add_tree(os.path.join(host, name), f"{guest}/{name}")
        elif os.path.isfile(host):
            self.add_file(host, guest)
        else:
            raise OSError(f"{host}: not a file, a folder or a link")

    def __contains__(self, guest):
        return guest.lstrip("/") in self._entries

    def mentions(self, text):
        """Do these bytes stand in any file?"""
        return any(text in data for _, data in self._entries.values())

    def to_bytes(self):
        out = []
        # A folder sorts before what it holds.
        for ino, name in enumerate(sorted(self._entries), start=1):
            mode, data = self._entries[name]
            nlink = 2 if stat.S_ISDIR(mode) else 1
            out.append(_record(name, ino, mode, data, nlink))
        out.append(_record("TRAILER!!!", 0, 0))
        return b"".join(out)
