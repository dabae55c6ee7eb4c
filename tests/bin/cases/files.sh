# Files and directories.

umask 022

mkdir d
echo one >d/a
echo three >d/ccc
echo x >d/.hidden

check 'ls' 'ls d' 'a
ccc'
check 'ls -a' 'ls -a d' '.
..
.hidden
a
ccc'
check 'ls -A' 'ls -A d' '.hidden
a
ccc'
check 'ls -r' 'ls -r d' 'ccc
a'
check 'ls -S' 'ls -S d' 'ccc
a'
check 'ls -t' 'touch -d @1000 d/ccc; touch -d @2000 d/a; ls -t d' 'a
ccc'
check 'ls -d' 'ls -d d' d
check 'ls -R' 'mkdir -p r/s; echo >r/s/f; ls -R r' 'r:
s

r/s:
f'
check 'ls of files and directories' 'ls d/a r d' 'd/a

d:
a
ccc

r:
s'
check 'ls options after operands' 'ls d -A' '.hidden
a
ccc'
check 'ls -l' 'chmod 640 d/a; ls -l d/a | cut -c 1-12' '-rw-r----- 1'
check 'ls -l shows where links lead' 'ln -s a d/link; ls -l d/link | cut -d ">" -f 2' ' a'
check 'ls -F' 'ls -F d r; rm d/link' 'd:
a
ccc
link@

r:
s/'
check 'ls of nothing' 'ls none' 'ls: none: No such file or directory' 1
check 'ls -l of an old file has the year' 'ls -ln d/ccc | tr -s " " | cut -d " " -f 6-9' 'Jan 1 1970 d/ccc'
check 'ls -h' 'truncate -s 1536 big; ls -lnh big | tr -s " " | cut -d " " -f 5' 1.5K
check 'ls -n total' 'ls -ld / | cut -c 1' d

check 'mkdir' 'mkdir m1 m2; ls -d m1 m2' 'm1
m2'
check 'mkdir of what is there' 'mkdir m1' 'mkdir: m1: File exists' 1
check 'mkdir -p' 'mkdir -p m1/x/y m1/x/y; ls m1/x' y
check 'mkdir -p over a file' 'echo >file; mkdir -p file/x' 'mkdir: file: File exists' 1
check 'mkdir -m' 'mkdir -m 700 m3; stat -c %a m3' 700
check 'mkdir without parents' 'mkdir no/where' 'mkdir: no/where: No such file or directory' 1
check 'rmdir' 'rmdir m2; ls -d m2' 'ls: m2: No such file or directory' 1
check 'rmdir of a full one' 'rmdir m1' 'rmdir: m1: Directory not empty' 1
check 'rmdir -p' 'mkdir -p k/l/m; rmdir -p k/l/m; ls -d k' 'ls: k: No such file or directory' 1

check 'cp' 'cp d/a c1; cat c1' one
check 'cp into a directory' 'mkdir in; cp d/a d/ccc in; ls in' 'a
ccc'
check 'cp over a file' 'cp d/ccc c1; cat c1' three
check 'cp onto itself' 'cp c1 ./c1' "cp: 'c1' and './c1' are the same file" 1
check 'cp of a directory needs -r' 'cp d x' 'cp: d: Is a directory (-r copies directories)' 1
check 'cp -r' 'cp -r d copy; ls -A copy' '.hidden
a
ccc'
check 'cp -r into one that is there' 'cp -r d copy; ls -A copy/d' '.hidden
a
ccc'
check 'cp -r into itself' 'cp -r r r/again' 'cp: r: cannot copy a directory into itself' 1
check 'cp -r keeps links' 'ln -s nowhere d/dangling; cp -r d copy2; readlink copy2/dangling; rm d/dangling' nowhere
check 'cp -p' 'cp -p d/ccc c2; stat -c "%Y %a" c2' '1000 644'
check 'cp -a' 'cp -a d c3; stat -c %Y c3/a' 2000
check 'cp of nothing' 'cp none x' 'cp: none: No such file or directory' 1
check 'cp of several to a file' 'cp d/a d/ccc c1' 'cp: c1: Not a directory' 1
check 'cp -i asks' 'echo n | cp -i d/a c1; echo; cat c1' "cp: overwrite 'c1'? 
three"
check 'cp -v' 'cp -v d/a c4' "'d/a' -> 'c4'"

check 'mv' 'echo m >s1; mv s1 s2; cat s2; ls s1' 'm
ls: s1: No such file or directory' 1
check 'mv into a directory' 'mv s2 in; cat in/s2' m
check 'mv over a file' 'echo 1 >o1; echo 2 >o2; mv o1 o2; cat o2' 1
check 'mv -n' 'echo 3 >o3; mv -n o3 o2; cat o2' 1
check 'mv of a directory' 'mv in out; ls out' 'a
ccc
s2'
check 'mv of nothing' 'mv none x' 'mv: none: No such file or directory' 1

check 'rm' 'rm o2 o3; ls o2' 'ls: o2: No such file or directory' 1
check 'rm of nothing' 'rm none' 'rm: none: No such file or directory' 1
check 'rm -f of nothing' 'rm -f none' ''
check 'rm of a directory' 'rm out' 'rm: out: Is a directory (-r removes directories)' 1
check 'rm -r' 'rm -r out; ls -d out' 'ls: out: No such file or directory' 1
check 'rm -r does not follow links' 'mkdir l; ln -s ../d l/d; rm -r l; ls d' 'a
ccc'
check 'rm refuses .' 'rm -r ./.' 'rm: ./.: refusing to remove it' 1
check 'rm refuses /' 'rm -rf /' 'rm: /: refusing to remove it' 1
check 'rm -i' 'echo y | rm -i c4; ls c4 2>/dev/null' "rm: remove 'c4'? " 1
check 'rm of many levels' 'mkdir -p a/a/a/a/a/a/a/a/a/a/a/a; rm -r a; ls -d a 2>/dev/null' '' 1

check 'ln' 'ln d/a hard; stat -c %h hard' 2
check 'ln -s' 'ln -s d/a soft; readlink soft' d/a
check 'ln -s over what is there' 'ln -s x soft' 'ln: soft: File exists' 1
check 'ln -sf' 'ln -sf x soft; readlink soft' x
check 'ln into a directory' 'mkdir L; ln -s ../d/a L; cat L/a' one
check 'ln -sfn' 'ln -s d dl; ln -sfn r dl; readlink dl' r
check 'ln of nothing' 'ln none x' 'ln: x: No such file or directory' 1

check 'chmod octal' 'chmod 604 c1; stat -c %a c1' 604
check 'chmod symbolic' 'chmod u+x,go-r c1; stat -c %a c1' 700
check 'chmod =' 'chmod a=rX c1; stat -c %a c1' 555
check 'chmod copies classes' 'chmod 750 c1; chmod o=g c1; stat -c %a c1' 755
check 'chmod minus' 'chmod -x c1; stat -c %a c1' 644
check 'chmod obeys the umask without a class' 'chmod +w c1; stat -c %a c1' 644
check 'chmod X' 'chmod -R 700 m1; echo >m1/f; chmod 600 m1/f; chmod -R go+X m1; stat -c %a m1 m1/f' '711
600'
check 'chmod bad mode' 'chmod u+q c1' "chmod: invalid mode 'u+q'" 1
check 'chmod setuid' 'chmod 4755 c1; stat -c %A c1; chmod u-s c1; stat -c %A c1' '-rwsr-xr-x
-rwxr-xr-x'
check 'chmod of nothing' 'chmod 644 none' 'chmod: none: No such file or directory' 1

check 'touch makes files' 'touch t1; stat -c %s t1' 0
check 'touch -c does not' 'touch -c t2; ls t2 2>/dev/null' '' 1
check 'touch -d' 'touch -d "2020-02-29 12:34:56" t1; stat -c %y t1' '2020-02-29 12:34:56.000000000'
check 'touch -r' 'touch -r d/ccc t1; stat -c %Y t1' 1000
check 'touch -m' 'touch -d @5 t1; touch -m -d @6 t1; stat -c "%X %Y" t1' '5 6'
check 'touch bad time' 'touch -d tomorrow t1' "touch: invalid time 'tomorrow'" 1

check 'stat -c' 'stat -c "%n %s %F %a" d/a' 'd/a 4 regular file 640'
check 'stat of a link' 'stat -c %F soft; stat -L -c %F dl' 'symbolic link
directory'
check 'stat of nothing' 'stat none' 'stat: none: No such file or directory' 1

check 'truncate' 'truncate -s 10 tr; truncate -s +5 tr; truncate -s -1 tr; stat -c %s tr' 14
check 'mkfifo' 'mkfifo -m 600 ff; stat -c "%F %a" ff' 'fifo 600'
check 'a fifo carries data' 'echo hi >ff & cat ff; wait' hi
check 'mktemp' 'f=$(mktemp ./t.XXXXXX) && stat -c "%s %a" $f' '0 600'
check 'mktemp -d' 'd=$(mktemp -d ./t.XXXXXX) && stat -c %F $d' directory

check 'basename' 'basename /a/b.c .c; basename /; basename a/; basename .c .c' 'b
/
a
.c'
check 'dirname' 'dirname /a/b; dirname a; dirname /a; dirname a//b/; dirname /' '/a
.
/
a
/'
check 'readlink of a file' 'readlink c1' '' 1
check 'readlink -f' 'cd r; ln -s s q; [ "$(readlink -f q/f)" = "$(readlink -f .)/s/f" ]' ''
check 'readlink -f of a missing last part' '[ "$(readlink -f q)" = "$(readlink -f .)/q" ]' ''
check 'readlink -e of a missing file' 'readlink -e nope' '' 1
check 'realpath' 'realpath /../usr/..' /
check 'pwd' '"$BIN/pwd" >p1; realpath . >p2; cmp p1 p2' ''

check 'du -s' 'mkdir du; head -c 8192 /dev/zero >du/f; du -sb du | cut -f 1' 8192
check 'du lists directories' 'mkdir -p du/x/y; du du | cut -f 2' 'du/x/y
du/x
du'
check 'du -d' 'du -d 0 du | wc -l' 1
check 'df' 'df . | wc -l; df -h / | head -n 1 | tr -s " "' '2
Filesystem Size Used Available Use% Mounted on'

check 'dd' 'dd if=d/ccc bs=1 count=2 skip=1 status=none' hr
check 'dd seek keeps what is before' 'echo abcdef >q; echo -n XY | dd of=q bs=1 seek=2 conv=notrunc status=none; cat q' abXYef
check 'dd blocks' 'dd if=/dev/zero of=z bs=1k count=3 2>&1 | head -n 2; stat -c %s z' '3+0 records in
3+0 records out
3072'
check 'dd conv=sync' 'echo -n ab | dd bs=4 conv=sync status=none | od -An -c' '   a   b  \0  \0'
check 'dd ibs and obs' 'seq 100 >h; dd if=h ibs=7 obs=50 2>&1 >/dev/null | head -n 2' '41+1 records in
5+1 records out'
check 'dd bad operand' 'dd fi=x 2>&1 | head -n 1' "dd: unknown operand 'fi'"

check 'cmp same' 'cmp d/a d/a' ''
check 'cmp different' 'echo onf >c5; cmp d/a c5' 'd/a c5 differ: byte 3, line 1' 1
check 'cmp -s' 'cmp -s d/a c5' '' 1
check 'cmp of a shorter one' 'echo -n on >c6; cmp d/a c6' 'cmp: EOF on c6 after byte 2' 1
check 'cmp of nothing' 'cmp d/a none' 'cmp: none: No such file or directory' 2
