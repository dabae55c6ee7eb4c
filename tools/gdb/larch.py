"""gdb commands that know Larch's structures; tools/debug loads this.

Everything is read through the symbols of kernel.elf: where a struct changes,
the name of the field that is gone stands in gdb's message.
"""

import os

import gdb

PAGE_SHIFT = 12
LEVEL_BITS = 9
PTE_PPN_MASK = 0x003FFFFFFFFFFC00
PTE_FLAGS = "VRWXUGAD"
STATES = ("new", "ready", "running", "sleeping", "exited")
AREA_FLAGS = ((1, "r"), (2, "w"), (4, "x"), (8, "s"))
MAX_FRAMES = 64


# --- reading the kernel's data ----------------------------------------------

def value(expression):
    return gdb.parse_and_eval(expression)


def read_word(address):
    word = value("*(unsigned long *)%#x" % address)
    return int(word) & (1 << 64) - 1


def container(node, type_name, member):
    kind = gdb.lookup_type(type_name)
    offset = next(field.bitpos // 8 for field in kind.fields()
                  if field.name == member)
    return gdb.Value(int(node) - offset).cast(kind.pointer())


def list_objects(head, type_name, member):
    node = head["next"]
    while node != head.address:
        yield container(node, type_name, member)
        node = node["next"]


def avl_nodes(node):
    """In order, by recursion: trees are shallow."""
    if int(node):
        yield from avl_nodes(node["left"])
        yield node
        yield from avl_nodes(node["right"])


def all_threads():
    head = value("'thread.c'::all_threads")
    return list_objects(head, "struct thread", "all_node")


def all_pids():
    for node in avl_nodes(value("'pid.c'::pid_tree")["root"]):
        yield container(node, "struct pid", "node")


def find_lwp(number):
    for pid in all_pids():
        if int(pid["node"]["key"]) == number and int(pid["lwp"]):
            return pid["lwp"]
    raise gdb.GdbError(f"no process {number}; larch-ps lists them")


def find_thread(words):
    """A tid, or an expression for a struct thread pointer."""
    if words.isdigit():
        for pid in all_pids():
            if int(pid["node"]["key"]) == int(words) and int(pid["thread"]):
                return pid["thread"]["thread"].address
        raise gdb.GdbError(f"no thread {words}; larch-threads lists them")
    kind = gdb.lookup_type("struct thread").pointer()
    return value(words).cast(kind)


def tid_of(thread):
    if not int(thread["fs_task"]):
        return "-"
    kind = gdb.lookup_type("struct lwp_thread").pointer()
    return str(thread.cast(kind)["tid"])


# --- commands ---------------------------------------------------------------

class Larch(gdb.Command):
    """List the commands that know Larch's structures."""

    def __init__(self):
        self.__doc__ = "\n".join(self._lines())    # `help larch' shows it
        super().__init__("larch", gdb.COMMAND_SUPPORT)

    def invoke(self, argument, from_tty):
        print("\n".join(self._lines()))

    @staticmethod
    def _lines():
        return [f"{command.name:16} {command.__doc__.splitlines()[0]}"
                for command in COMMANDS]


class LarchCommand(gdb.Command):
    """The base of the others: a name and `run', which gets the words."""

    name = ""

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        self.run(argument.strip())


class Attach(LarchCommand):
    """Connect to the QEMU of this session and go to kmain."""

    name = "larch-attach"

    def run(self, words):
        gdb.execute(f"target remote 127.0.0.1:{words or '1234'}")
        gdb.execute("tbreak kmain")
        gdb.execute("continue")


class Type(LarchCommand):
    """Type a line on the guest's console: larch-type ls -l"""

    name = "larch-type"

    def run(self, words):
        keys = os.environ.get("LARCH_KEYS")
        if not keys:
            raise gdb.GdbError("the console is not ours: start with make gdb")
        with open(keys, "wb", buffering=0) as console:
            console.write(words.encode() + b"\n")


class Ps(LarchCommand):
    """List processes: pid, parent, threads, state, command."""

    name = "larch-ps"

    def run(self, words):
        print(f"{'PID':>6} {'PPID':>6} {'THREADS':>7} STATE   COMMAND"
              "           struct lwp *")
        for pid in all_pids():
            lwp = pid["lwp"]
            if not int(lwp):
                continue
            state = "zombie" if lwp["zombie"] else "alive"
            print(f"{int(lwp['pid']):>6} {int(lwp['ppid']):>6} "
                  f"{int(lwp['thread_count']):>7} {state:7} "
                  f"{lwp['cmd'].string():17} {int(lwp):#x}")


class Threads(LarchCommand):
    """List threads: tid, hart, state, CPU time, name."""

    name = "larch-threads"

    def run(self, words):
        print(f"{'TID':>6} HART STATE    {'CPU ms':>8} NAME"
              "             struct thread *")
        scale = int(value("time_scale.ns_per_tick"))
        for thread in all_threads():
            hart = thread["hart"]
            where = str(hart["arch"]["id"]) if int(hart) else "-"
            ticks = int(thread["cpu_ticks"])
            milliseconds = (ticks * scale >> 32) / 1e6
            print(f"{tid_of(thread):>6} {where:>4} "
                  f"{STATES[int(thread['state'])]:8} {milliseconds:8.1f} "
                  f"{thread['name'].string():16} {int(thread):#x}")


class Areas(LarchCommand):
    """List the areas of a process's address space: larch-areas PID"""

    name = "larch-areas"

    def run(self, words):
        vm = find_lwp(int(value(words)))["vm"]
        if not int(vm):
            raise gdb.GdbError("it has exited: no address space")
        for node in avl_nodes(vm["areas"]["root"]):
            area = container(node, "struct area", "node")
            flags = int(area["flags"])
            kind = "".join(letter if flags & bit else "-"
                           for bit, letter in AREA_FLAGS)
            name = area["name"].string() if int(area["name"]) else (
                "file" if int(area["file"]) else "")
            print(f"{int(node['key']):#014x}-{int(area['end']):#014x} {kind} "
                  f"{int(area['offset']):#10x} {name}")


class PageTable(LarchCommand):
    """Decode the Sv39 walk of an address: larch-pt ADDRESS [PID]"""

    name = "larch-pt"

    def run(self, words):
        arguments = gdb.string_to_argv(words)
        if not arguments:
            raise gdb.GdbError("usage: larch-pt ADDRESS [PID]")
        address = int(value(arguments[0])) & (1 << 64) - 1
        table = self._root(arguments[1:])
        direct_base = int(value("(unsigned long)&DIRECT_BASE"))
        for level in (2, 1, 0):
            shift = PAGE_SHIFT + LEVEL_BITS * level
            index = address >> shift & (1 << LEVEL_BITS) - 1
            pte = read_word(table + direct_base + 8 * index)
            target = (pte & PTE_PPN_MASK) >> 10 << PAGE_SHIFT
            print(f"level {level}: table {table:#x} [{index}] = {pte:#018x} "
                  f"{self._flags(pte)}")
            if not pte & 1:
                print("not mapped")
                return
            if pte & 0xE:
                offset = address & (1 << shift) - 1
                print(f"leaf of {1 << shift >> 10} KiB: physical "
                      f"{target + offset:#x}")
                return
            table = target
        print("no leaf at level 0: a corrupt table")

    @staticmethod
    def _root(arguments):
        if arguments:
            vm = find_lwp(int(value(arguments[0])))["vm"]
            return int(vm["space"]["root"])
        satp = int(value("$satp"))
        return (satp & (1 << 44) - 1) << PAGE_SHIFT

    @staticmethod
    def _flags(pte):
        return "".join(letter if pte >> bit & 1 else "-"
                       for bit, letter in enumerate(PTE_FLAGS))


class Backtrace(LarchCommand):
    """Kernel backtrace of a thread that is not running: larch-bt TID

    Also takes an expression for a struct thread *. For the running one use
    gdb's own `bt'. context_switch left ra at sp and the frame pointer after
    it; from there on each frame holds its caller's pair below fp.
    """

    name = "larch-bt"

    def run(self, words):
        thread = find_thread(words)
        if STATES[int(thread["state"])] == "running":
            raise gdb.GdbError("it is running: `info threads', then `bt'")
        stack = int(thread["arch"]["sp"])
        top = int(thread["arch"]["kstack"])
        pc, frame = read_word(stack), read_word(stack + 8)
        for number in range(MAX_FRAMES):
            self._show(number, pc)
            if not stack < frame <= top:
                return
            pc, frame = read_word(frame - 8), read_word(frame - 16)

    @staticmethod
    def _show(number, pc):
        symbol = gdb.execute(f"info symbol {pc:#x}", to_string=True)
        place = gdb.find_pc_line(max(pc - 1, 0))
        where = ""
        if place.symtab:
            where = f"  {place.symtab.filename}:{place.line}"
        print(f"#{number:<2} {pc:#x} {symbol.split(' in section')[0].strip()}"
              f"{where}")


class User(LarchCommand):
    """Load the symbols of a program of the image: larch-user sh"""

    name = "larch-user"

    def run(self, words):
        build = os.path.dirname(gdb.objfiles()[0].filename)
        for folder in ("user", "user/tests"):
            program = os.path.join(build, folder, words)
            if words and os.path.isfile(program):
                gdb.execute(f"add-symbol-file {program}")
                return
        raise gdb.GdbError(f"no program '{words}' in {build}/user")


class Refusal(LarchCommand):
    """Say why `run' is not what you want."""

    name = "larch-is-running"

    def run(self, words):
        raise gdb.GdbError("Larch is running already, in QEMU: say "
                           "`continue', or leave gdb and start again")


COMMANDS = [Attach, Type, Ps, Threads, Areas, PageTable, Backtrace, User,
            Refusal]

Larch()
for command in COMMANDS:
    command()

# `run' would start the kernel as a program of this host.
for verb in ("run", "start"):
    gdb.execute(f"define hook-{verb}\nlarch-is-running\nend")
gdb.execute("set confirm off")
gdb.execute("set pagination off")
