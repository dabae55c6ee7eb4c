# What all programs have in common.

# Every program explains itself with status 0 and its own name.
for path in "$BIN"/*; do
    name=$(basename "$path")
    case $name in
    *.*|obj|sh|init) continue ;;
    esac
    check "$name --help" '"$path" --help | head -n 1 | cut -c 1-7' 'usage: '
    check "$name --help has status 0" '"$path" --help >help' ''
    check "$name notices a full disk" \
        '"$path" --help >/dev/full; [ $? -ne 0 ]' \
        "$name: standard output: No space left on device"
done

# And says what it does not know, with status 2.
for name in basename cat chgrp chmod chown clear cmp cp cut date dd df diff \
    dirname dmesg du env fold free grep halt head hexdump hostname id ipcmk \
    ipcrm ipcs killall less ln ls mkdir mkfifo mknod mktemp more mount mv nice nl nohup \
    nproc od paste poweroff ps pwd readlink realpath reboot reset rev rm \
    rmdir setsid sha256sum sleep sort stat strace strings sync tac tail tee \
    time timeout top touch tr truncate tty umount uname uniq uptime watch wc \
    which whoami xargs; do
    check "$name: unknown option" '"$BIN/$name" --nonsense 2>&1 | head -n 1' \
        "$name: unknown option --nonsense"
    check "$name: its status" '"$BIN/$name" --nonsense 2>/dev/null' '' 2
done

# Output that cannot be written is an error.
echo text >file
for name in cat head tail sort uniq 'tr a b' 'cut -c 1' wc rev tac nl fold \
    'paste -' hexdump od strings sha256sum 'grep t' tee 'head -c 1'; do
    check "$name >/dev/full" '$name <file >/dev/full 2>&1' '' \
        "$(case $name in grep*|sort*) echo 2 ;; *) echo 1 ;; esac)"
    check "$name says so" '$name <file 2>&1 >/dev/full | grep -c "No space left"' 1
done
check 'a closed standard output' 'cat file >&-' 'cat: standard output: Bad file descriptor' 1
check 'a closed standard output, by stdio' 'head file >&-' 'head: standard output: Bad file descriptor' 1
check 'a reader that leaves ends the writer' '(yes; echo $? >status) | head -n 1; cat status' 'y
141'
