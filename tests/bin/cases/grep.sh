# grep.

printf 'alpha\nBeta\ngamma ray\nalphabet\n' >f
printf 'beta\n' >g

check 'prints matching lines' 'grep alpha f' 'alpha
alphabet'
check 'status 1 without a match' 'grep none f' '' 1
check 'status 2 for a missing file' 'grep x none' 'grep: none: No such file or directory' 2
check 'status 2 even with a match' 'grep beta none g' 'grep: none: No such file or directory
g:beta' 2
check '-q succeeds at the first match' 'grep -q beta g none' ''
check '-i' 'grep -i beta f' Beta
check '-v' 'grep -v a f' '' 1
check '-v of one' 'grep -v alpha f | wc -l' 2
check '-n' 'grep -n ray f' '3:gamma ray'
check '-c' 'grep -c alpha f g' 'f:2
g:0'
check '-l' 'grep -l beta f g' g
check '-w' 'grep -w alpha f' alpha
check '-w later in the line' 'echo "alphabet alpha" | grep -c -w alpha' 1
check '-x' 'grep -x alpha f' alpha
check '-o' 'grep -o "a[a-z]" f' 'al
am
ay
al
ab'
check '-o of several' 'echo abcabc | grep -o bc' 'bc
bc'
check '-o of empty matches' 'echo abc | grep -o "x*"' ''
check '-h and -H' 'grep -h beta f g; grep -H beta g' 'beta
g:beta'
check '-e twice' 'grep -c -e ray -e Beta f' 2
check '-f' 'echo ray >pats; grep -f pats f' 'gamma ray'
check '-F' 'echo "a.c" | grep -F a.c; echo abc | grep -F a.c' a.c 1
check '-E' 'grep -Ec "^(alpha|Beta)$" f' 2
check 'basic groups' 'echo abab | grep "\(ab\)\1"' abab
check 'several patterns in one' 'grep -c "ray
Beta" f' 2
check '-m' 'grep -m 1 alpha f' alpha
check '-r' 'mkdir -p d/e; echo needle >d/e/n; grep -r needle d' 'd/e/n:needle'
check '-r without a name' 'cd d; grep -r needle' './e/n:needle'
check '-s' 'grep -s x none' '' 2
check 'reads standard input' 'echo hay | grep -n a' '1:hay'
check 'bad pattern' 'echo x | grep "\(" | wc -l' "$(echo x | grep '\(' 2>&1)
0"
check 'no pattern' 'grep 2>/dev/null' '' 2
check 'a line without newline' 'printf abc | grep b' abc
check 'empty pattern matches all' 'grep -c "" f' 4
check 'anchors' 'grep "^gamma ray$" f' 'gamma ray'
check 'options after operands' 'grep alpha f -c' 2
check '-L' 'grep -L alpha f g' g
check '-A' 'seq 10 | grep -A 1 3' '3
4'
check '-B' 'seq 10 | grep -B 2 3' '1
2
3'
check '-C with gaps' 'seq 20 | grep -n -C 1 -e "^5$" -e "^7$" -e "^15$"' '4-4
5:5
6-6
7:7
8-8
--
14-14
15:15
16-16'
check '-A of several files' 'grep -A 1 beta g g' 'g:beta
--
g:beta'
