# System V's IPC: ipcmk, ipcs, ipcrm.  Others may use it at the same time, so
# only what is made here is looked at, and removed.

id_of() { cut -d : -f 2 | tr -d ' '; }

# The line that ipcs OPTIONS has for an id.
line() {
    number=$1
    shift
    ipcs "$@" | grep -E "^(0x[0-9a-f]+ +)?$number " | tr -s ' '
}

queue=$(ipcmk -Q | id_of)
set=$(ipcmk -S 3 -p 600 | id_of)
segment=$(ipcmk -M 10000 | id_of)
me=$(whoami)
group=$(id -gn)

check 'ipcmk says what it made' 'ipcmk -Q >out; cut -d : -f 1 out; ipcrm -q "$(id_of <out)"' 'Message queue id'
check 'ipcmk makes several' 'ipcmk -S 1 -Q >out; cut -d : -f 1 out; ipcrm -q "$(head -n 1 out | id_of)" -s "$(tail -n 1 out | id_of)"' 'Message queue id
Semaphore id'
check 'ipcmk: nothing to make' 'ipcmk 2>&1 | head -n 1' 'ipcmk: nothing to make'
check 'ipcmk: no such set' 'ipcmk -S 0' 'ipcmk: Semaphore: Invalid argument' 1
check 'ipcs -q' 'line $queue -q | cut -d " " -f 2-' "$queue $me 644 0 0 "
check 'ipcs -s' 'line $set -s | cut -d " " -f 2-' "$set $me 600 3 "
check 'ipcs -m' 'line $segment -m | cut -d " " -f 2-' "$segment $me 644 10000 0 "
check 'ipcs shows all kinds' 'ipcs | grep "^---" | cut -d " " -f 2-3' 'Message Queues
Shared Memory
Semaphore Arrays'
check 'ipcs -s has its titles' 'ipcs -s | head -n 3 | tail -n 1 | tr -s " "' 'key semid owner perms nsems '
check 'ipcs -t' 'line $queue -q -t | cut -d " " -f 1-6' "$queue $me Not set Not set"
check 'ipcs -t has the day' 'line $set -s -t | grep -cE "Not set [A-Z][a-z][a-z] [0-9]+ [0-9:]+ $"' 1
check 'ipcs -c' 'line $queue -q -c' "$queue 644 $me $group $me $group "
check 'ipcs -p' 'line $queue -q -p' "$queue $me 0 0 "
check 'ipcs -p has nothing of sets' 'ipcs -s -p' ''
check 'ipcs -u' 'ipcs -u | grep -cE "^(allocated queues = [1-9]|segments allocated [1-9]|used arrays = [1-9])"' 3
check 'ipcs -l' 'ipcs -l | grep -cE "^(max (queues|size|number|seg|total|semaphores|ops)|default max|min seg|semaphore max).* = [0-9]+$"' 12
check 'ipcs -s -i' 'ipcs -s -i $set | head -n 5 | cut -d = -f 1' '
Semaphore Array semid
uid
mode
nsems '
check 'ipcs -s -i has the values' 'ipcs -s -i $set | tail -n 4 | tr -s " "' '0 0 0 0 0 
1 0 0 0 0 
2 0 0 0 0 '
check 'ipcs -q -i' 'ipcs -q -i $queue | grep -c "qbytes=[0-9]*.qnum=0.lspid=0.lrpid=0"' 1
check 'ipcs -m -i' 'ipcs -m -i $segment | grep -c "^bytes=10000.*nattch=0"' 1
check 'ipcs -i for no kind' 'ipcs -i 1 2>&1 | head -n 1' 'ipcs: -i needs one of -q, -m and -s'
check 'ipcs -i for two kinds' 'ipcs -q -s -i 1 2>/dev/null' '' 2
check 'ipcs -i of nothing' 'ipcs -q -i 2147483647' 'ipcs: 2147483647: Invalid argument' 1
check 'ipcs -i of no number' 'ipcs -q -i x' "ipcs: invalid number 'x'" 1
check 'ipcrm -q' 'ipcrm -q $queue; line $queue -q' ''
check 'ipcrm -v' 'ipcrm -v -s $set' "removing semaphore id \`$set'"
check 'ipcrm -M takes a key' 'ipcrm -M "$(ipcs -m | grep -E "^0x[0-9a-f]+ +$segment " | cut -d " " -f 1)"; line $segment -m' ''
check 'ipcrm: what is not there' 'ipcrm -s $set' "ipcrm: invalid id ($set)" 1
check 'ipcrm: no such key' 'ipcrm -Q 0x7fffffff' 'ipcrm: invalid key (0x7fffffff)' 1
check 'ipcrm: key 0 is private' 'ipcrm -S 0' 'ipcrm: illegal key (0)' 1
check 'ipcrm: no number' 'ipcrm -q x' "ipcrm: invalid number 'x'" 1
check 'ipcrm: no key' 'ipcrm -Q 12x' "ipcrm: invalid number '12x'" 1
check 'ipcrm: a key has 32 bits' 'ipcrm -Q 0x17fffffff' "ipcrm: invalid number '0x17fffffff'" 1
check 'ipcrm: goes on after an error' 'ipcmk -Q >out; ipcrm -s 2147483647 -q "$(id_of <out)" 2>/dev/null; line "$(id_of <out)" -q' ''
check 'ipcrm: nothing to remove' 'ipcrm 2>&1 | head -n 1' 'ipcrm: nothing to remove'
