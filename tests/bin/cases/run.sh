# Programs that run others or look at the system.

check 'env -i' 'B=1 env -i A=1 "$BIN/env" | grep "^[AB]="' 'A=1'
check 'env -u' 'A=1 env -u A env | grep -c ^A=' 0 1
check 'env sets' 'env B=2 env | grep ^B=' B=2
check 'env status' 'env false' '' 1
check 'env not found' 'env ./nope' 'env: ./nope: No such file or directory' 127
check 'env not executable' 'echo >f; env ./f' 'env: ./f: Permission denied' 126
check 'true and false' '"$BIN/true" && ! "$BIN/false"' ''
check 'sleep' 'sleep 0.01 0' ''
check 'sleep bad time' 'sleep 1x' "sleep: invalid time interval '1x'" 1
check 'timeout passes the status on' 'timeout 5 env false' '' 1
check 'timeout' 'timeout 0.1 sleep 10' '' 124
check 'timeout -k' 'timeout -s CONT -k 0.1 0.1 sleep 10' '' 137
check 'timeout without time' 'timeout 0 true' ''
check 'timeout not found' 'timeout 1 ./nope' 'timeout: ./nope: No such file or directory' 127
check 'nice' 'nice -n 3 nice' 3
check 'nohup' 'nohup echo x' x
check 'setsid -w' 'setsid -w false' '' 1
check 'time' 'time=$BIN/time; $time echo x 2>&1 | cut -d " " -f 1' 'x
real
user
sys'
check 'time status' '"$BIN/time" false 2>/dev/null' '' 1
check 'kill -l' '"$BIN/kill" -l 9; "$BIN/kill" -l 143; "$BIN/kill" -l TERM' 'KILL
TERM
15'
check 'kill' 'sleep 10 & "$BIN/kill" $!; { wait $!; } 2>/dev/null' '' 143
check 'kill -s' 'sleep 10 & "$BIN/kill" -s HUP $!; { wait $!; } 2>/dev/null' '' 129
check 'kill -9' 'sleep 10 & "$BIN/kill" -9 $!; { wait $!; } 2>/dev/null' '' 137
check 'kill -0' '"$BIN/kill" -0 $$' ''
check 'kill unknown signal' '"$BIN/kill" -NO 1' "kill: unknown signal 'NO'" 1
check 'kill nobody' '"$BIN/kill" 2000000000' 'kill: 2000000000: No such process' 1
check 'kill needs a number' '"$BIN/kill" x' "kill: invalid number 'x'" 1
check 'which' '[ "$(which env)" = "$BIN/env" ]' ''
check 'which not found' 'which nosuch' '' 1
check 'id -u' 'id -un >a; whoami >b; cmp a b' ''
check 'id' 'id | cut -c 1-4' 'uid='
check 'uname' '[ "$(uname -s)" = "$(uname -a | cut -d " " -f 1)" ]' ''
check 'hostname' '[ "$(hostname)" = "$(uname -n)" ]' ''
check 'nproc' '[ "$(nproc)" -ge 1 ]' ''
check 'tty' 'tty' 'not a tty' 1
check 'date' 'date -u -d @0' 'Thu Jan  1 00:00:00 UTC 1970'
check 'date format' 'date -u -d "2026-11-20 09:50" "+%Y%m%d %H:%M:%S %j %a"' '20261120 09:50:00 324 Fri'
check 'date -R' 'date -u -R -d @86400' 'Fri, 02 Jan 1970 00:00:00 +0000'
check 'date -r' 'touch -d @7 f; date -u -r f +%s' 7
check 'date bad' 'date -d never' "date: invalid time 'never'" 1
check 'a date in summer time' 'TZ=CET-1CEST,M3.5.0,M10.5.0/3 date -d "2026-07-01 12:00" +%s' 1782900000
check 'uptime' 'uptime | grep -c "up .*load average: "' 1
check 'free' 'free | head -n 1 | tr -s " "' ' total used free shared buff/cache available'
check 'ps shows itself' 'ps | grep -c "[p]s$"' 1
check 'ps -f has users' 'ps -f | head -n 1 | tr -s " "' 'USER PID PPID S TTY TIME CMD'
check 'killall nobody' 'killall no-such-program' 'killall: no-such-program: no such process' 1
# Behind a runner a process has the runner's name.
[ -n "${RUNNER-}" ] || check 'killall' 'cp "$BIN/sleep" ./sleep-for-test; ./sleep-for-test 10 & sleep 0.1; killall sleep-for-test; { wait $!; } 2>/dev/null' '' 143
check 'top' 'top -b -n 1 | grep -c "[%]CPU"' 1
check 'more copies to a pipe' 'seq 100 | more | tail -n 1' 100
check 'sync' 'sync' ''
