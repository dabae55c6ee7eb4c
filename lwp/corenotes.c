/*
 * corenotes.c - the notes of a core file: each thread's registers, and what the
 * process was, in the structures of Linux/riscv64 (linux/elfcore.h).
 */
#include "kernel/lib/string.h"
#include "lwp/coredump.h"
#include "mm/uaccess.h"

/* Types of notes, beside those of register sets. */
#define NT_PRPSINFO     3
#define NT_AUXV         6
#define NT_FILE         0x46494c45
#define NT_SIGINFO      0x53494749

struct note {
    u32 name_size, size, type;
    char name[8];
};

struct core_time {
    u64 seconds, microseconds;
};

struct prstatus {
    s32 signo, code, error;
    s16 current_signal, pad;
    sigset_t pending, blocked;
    s32 tid, ppid, pgid, sid;
    struct core_time user, system, children_user, children_system;
    u64 registers[32];
    s32 has_fp, pad2;
};
_Static_assert(sizeof(struct prstatus) == 376, "elf_prstatus");

struct prpsinfo {
    u8 state;
    char letter;
    u8 zombie;
    s8 nice;
    u32 pad;
    u64 flags;
    u32 uid, gid;
    s32 pid, ppid, pgid, sid;
    char name[THREAD_NAME_MAX];
    char arguments[80];
};
_Static_assert(sizeof(struct prpsinfo) == 136, "elf_prpsinfo");

static u64 note_size(u64 size)
{
    return sizeof(struct note) + ALIGN_UP(size, sizeof(u32));
}

static void emit_head(struct core_writer *w, u32 type, u64 size)
{
    const struct note head = { sizeof("CORE"), size, type, "CORE" };

    core_emit(w, &head, sizeof(head));
}

static void emit_note(struct core_writer *w, u32 type, const void *bytes,
                      u64 size)
{
    emit_head(w, type, size);
    core_emit(w, bytes, size);
}

/* --- threads ------------------------------------------------------------- */

/* One that was in exit(2) already has not all of its registers in the frame. */
static bool is_told_of(const struct lwp_thread *t)
{
    return arch_user_frame(&t->thread.arch)->whole;
}

static struct core_time split_time(nsec_t ns)
{
    return (struct core_time){ ns / NSEC_PER_SEC,
                               ns % NSEC_PER_SEC / NSEC_PER_USEC };
}

static void emit_thread(struct core_writer *w, struct lwp_thread *t)
{
    const struct siginfo *info = w->dump->info;
    const struct lwp *lwp = w->lwp;
    struct prstatus s = {
        .signo = info->signo, .current_signal = info->signo,
        .pending = t->signal.pending.set, .blocked = t->signal.blocked,
        .tid = t->tid, .ppid = lwp->ppid, .pgid = lwp->pgid, .sid = lwp->sid,
        .children_user = split_time(lwp->child_usage.user),
        .children_system = split_time(lwp->child_usage.system),
        .has_fp = 1,
    };
    struct lwp_usage usage;
    u8 fp[REGSET_MAX_SIZE];

    lwp_thread_usage(t, &usage);
    s.user = split_time(usage.user);
    s.system = split_time(usage.system);
    arch_regset_get(&t->thread.arch, NT_PRSTATUS, s.registers);
    emit_note(w, NT_PRSTATUS, &s, sizeof(s));
    arch_regset_get(&t->thread.arch, NT_PRFPREG, fp);
    emit_note(w, NT_PRFPREG, fp, arch_regset_size(NT_PRFPREG));
}

/* --- the process --------------------------------------------------------- */

static void emit_process(struct core_writer *w)
{
    const struct lwp *lwp = w->lwp;
    const struct vm *vm = w->vm;
    struct prpsinfo p = {
        .letter = 'R', .nice = w->dump->thread->thread.nice,
        .uid = current_cred()->uid, .gid = current_cred()->gid,
        .pid = lwp->pid, .ppid = lwp->ppid, .pgid = lwp->pgid, .sid = lwp->sid,
    };
    ssize_t n = MIN(vm->arg_end - vm->arg_start, sizeof(p.arguments) - 1);

    memcpy(p.name, lwp->cmd, sizeof(p.name));
    n = vm_read(w->vm, vm->arg_start, p.arguments, n);
    for (ssize_t i = 0; i < n; i++)
        if (!p.arguments[i])
            p.arguments[i] = ' ';
    emit_note(w, NT_PRPSINFO, &p, sizeof(p));
}

static void emit_siginfo(struct core_writer *w)
{
    u8 info[SIGINFO_USER_SIZE] = { 0 };

    memcpy(info, w->dump->info, sizeof(*w->dump->info));
    emit_note(w, NT_SIGINFO, info, sizeof(info));
}

/* As the program has it now: zeroes if it has unmapped it. */
static void emit_auxv(struct core_writer *w)
{
    vaddr_t at = w->vm->auxv_start, end = w->vm->auxv_end;

    emit_head(w, NT_AUXV, end - at);
    for (u64 pair[2]; at < end; at += sizeof(pair)) {
        if (vm_read(w->vm, at, pair, sizeof(pair)) != sizeof(pair))
            pair[0] = pair[1] = 0;
        core_emit(w, pair, sizeof(pair));
    }
}

static u64 files_size(const struct core_writer *w)
{
    return 2 * sizeof(u64) + w->ranges.length + w->names.length;
}

static void emit_files(struct core_writer *w)
{
    const u64 head[] = { w->mapped_files, PAGE_SIZE };
    static const char padding[sizeof(u32)];
    u64 size = files_size(w);

    emit_head(w, NT_FILE, size);
    core_emit(w, head, sizeof(head));
    core_emit(w, w->ranges.text, w->ranges.length);
    core_emit(w, w->names.text, w->names.length);
    core_emit(w, padding, ALIGN_UP(size, sizeof(u32)) - size);
}

/* --- all of them --------------------------------------------------------- */

u64 core_notes_size(const struct core_writer *w)
{
    u64 per_thread = note_size(sizeof(struct prstatus)) +
                     note_size(arch_regset_size(NT_PRFPREG));
    struct lwp_thread *t;
    u64 threads = 0;

    list_for_each(t, &w->lwp->t_grp, t_grp_node)
        threads += is_told_of(t);
    return threads * per_thread + note_size(sizeof(struct prpsinfo)) +
           note_size(SIGINFO_USER_SIZE) +
           note_size(w->vm->auxv_end - w->vm->auxv_start) +
           note_size(files_size(w));
}

/* The thread that took the signal comes first: debuggers begin with it.  No
 * thread comes or goes while the others are parked. */
void core_emit_notes(struct core_writer *w)
{
    struct lwp_thread *first = w->dump->thread, *t;

    emit_thread(w, first);
    emit_process(w);
    emit_siginfo(w);
    emit_auxv(w);
    emit_files(w);
    list_for_each(t, &w->lwp->t_grp, t_grp_node)
        if (t != first && is_told_of(t))
            emit_thread(w, t);
}
