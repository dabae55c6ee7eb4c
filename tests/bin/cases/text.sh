# Filters.

printf 'one\ntwo\nthree\n' >f
printf 'b 2\na 10\nc 1\n' >pairs

check 'cat copies' 'cat f' 'one
two
three'
check 'cat joins files and standard input' 'echo x | cat f - f | wc -l' 7
check 'cat -n numbers on across files' 'cat -n f f | tail -n 1' '     6	three'
check 'cat goes on after a missing file' 'cat none f | wc -l' 'cat: none: No such file or directory
3'
check 'cat reports a missing file' 'cat none' 'cat: none: No such file or directory' 1
check 'cat of a directory' 'cat .' 'cat: .: Is a directory' 1

check 'head' 'seq 20 | head | tail -n 1' 10
check 'head -n' 'head -n 2 f' 'one
two'
check 'head -NUMBER' 'head -1 f' one
check 'head -n -1 leaves out the last' 'head -n -1 f' 'one
two'
check 'head -n -0 is all' 'head -n -0 f | wc -l' 3
check 'head -c' 'head -c 5 f' 'one
t'
check 'head -c -4' 'head -c -6 f' 'one
two'
check 'head names several files' 'head -qn1 f f; head -n1 f f' 'one
one
==> f <==
one

==> f <==
one'
check 'head -n 0' 'head -n 0 f' ''
check 'head rejects garbage' 'head -n x f' "head: invalid size 'x'" 1

check 'tail' 'seq 20 | tail | head -n 1' 11
check 'tail -n +N' 'tail -n +2 f' 'two
three'
check 'tail +N' 'tail +3 f' three
check 'tail -c' 'tail -c 4 f' 'ree'
check 'tail -c +' 'tail -c +13 f' 'e'
check 'tail without a last newline' 'printf "a\nb" | tail -n 1' b
check 'tail -n 0' 'tail -n 0 f' ''
check 'tail of much' 'seq 100000 | tail -n 3 | head -n 1' 99998
check 'tail of more lines than there are' 'tail -n 99 f | wc -l' 3

check 'wc' 'wc f' '      3       3      14 f'
check 'wc -l of standard input' 'wc -l <f' 3
check 'wc totals' 'wc -l f f' '      3 f
      3 f
      6 total'
check 'wc -w' 'echo "  a  bc   d " | wc -w' 3
check 'wc -m counts characters' 'printf "\303\244\n" | wc -m' 2
check 'wc -L counts columns' 'printf "a\tb\n" | wc -L' 9
check 'wc -L' 'printf "ab\nabcd\n" | wc -L' 4

check 'sort' 'sort f' 'one
three
two'
check 'sort -r' 'sort -r f | head -n 1' two
check 'sort -n' 'printf "10\n9\n-1\n2.5\n2.25\n" | sort -n | tr "\n" " "' '-1 2.25 2.5 9 10 '
check 'sort -n of long numbers' 'printf "99999999999999999999\n100000000000000000000\n" | sort -rn | head -n 1' 100000000000000000000
check 'sort -n: garbage is 0' 'printf "x\n-1\n1\n" | sort -n | tr "\n" " "' '-1 x 1 '
check 'sort -k2n' 'sort -k2n pairs | tr "\n" " "' 'c 1 b 2 a 10 '
check 'sort -k2,2nr' 'sort -k2,2nr pairs | tr "\n" " "' 'a 10 b 2 c 1 '
check 'sort -t -k' 'printf "x:3:c\ny:1:b\nz:2:a\n" | sort -t: -k3 | cut -d: -f1 | tr -d "\n"' zyx
check 'sort -k with a character' 'printf "ab\nba\n" | sort -k1.2' 'ba
ab'
check 'sort -u' 'printf "b\na\nb\n" | sort -u | tr -d "\n"' ab
check 'sort -nu keeps the first of equals' 'printf "1 x\n01 y\n0\n" | sort -nu' '0
1 x'
check 'sort -s is stable' 'printf "b 1\na 1\n" | sort -s -k2' 'b 1
a 1'
check 'sort falls back to the whole line' 'printf "b 1\na 1\n" | sort -k2' 'a 1
b 1'
check 'sort keys inherit options' 'printf "a 10\na 9\n" | sort -n -k2' 'a 9
a 10'
check 'sort keys with own options do not' 'printf "a 10\na 9\n" | sort -n -k2b' 'a 10
a 9'
check 'sort -k with b skips blanks' 'printf "a  z1\nb y2\n" | sort -k2.2b' 'a  z1
b y2'
check 'sort -f' 'printf "b\nA\nC\n" | sort -f | tr -d "\n"' AbC
check 'sort -h' 'printf "1G\n2K\n3M\n5\n" | sort -h | tr "\n" " "' '5 2K 3M 1G '
check 'sort -c: sorted' 'sort -c pairs' 'sort: not sorted at line 2: a 10' 1
check 'sort -c: not sorted' 'seq 5 | sort -c' ''
check 'sort -o its input' 'sort -o pairs pairs && head -n 1 pairs' 'a 10'
check 'sort of nothing' 'printf "" | sort' ''
check 'sort of a last line without newline' 'printf "b\na" | sort' 'a
b'
check 'sort of much' 'seq 5000 | sort -rn | sort -n | tail -n 1' 5000

check 'uniq' 'printf "a\na\nb\na\n" | uniq | tr -d "\n"' aba
check 'uniq -c' 'printf "a\na\nb\n" | uniq -c' '      2 a
      1 b'
check 'uniq -d' 'printf "a\na\nb\n" | uniq -d' a
check 'uniq -u' 'printf "a\na\nb\n" | uniq -u' b
check 'uniq -i' 'printf "a\nA\n" | uniq -i' a
check 'uniq -f' 'printf "1 x\n2 x\n" | uniq -f 1' '1 x'
check 'uniq with output file' 'printf "a\na\n" >u; uniq u v; cat v' a

check 'tr ranges' 'echo hello | tr a-y b-z' ifmmp
check 'tr classes' 'echo Hello | tr "[:lower:]" "[:upper:]"' HELLO
check 'tr -d' 'echo hello | tr -d l' heo
check 'tr -s' 'echo aabbcc | tr -s ab' abcc
check 'tr -ds' 'echo aabbcc | tr -ds a b' bcc
check 'tr -cd' 'echo a1b2 | tr -cd "[:digit:]"' 12
check 'tr -s maps first' 'echo abab | tr -s ab x' x
check 'tr short second set' 'echo abc | tr abc x' xxx
check 'tr [x*]' 'echo abc | tr abc "x[y*]"' xyy
check 'tr [x*n]' 'echo abc | tr abc "[x*2]z"' xxz
check 'tr escapes' 'printf "a\tb" | tr "\t" "\072"' a:b
check 'tr - at the end' 'echo a-b | tr -- -a X' 'XXb'
check 'tr bad range' 'echo a | tr z-a x' 'tr: range ends before it begins' 1
check 'tr unknown class' 'echo a | tr "[:no:]" x' "tr: unknown class 'no'" 1
check 'tr -c' 'printf "a1\n" | tr -c "[:alnum:]" .' a1.

check 'cut -f' 'printf "a\tb\tc\n" | cut -f 2,3' 'b	c'
check 'cut -d -f' 'echo a:b:c | cut -d: -f1,3' a:c
check 'cut open ranges' 'echo a:b:c:d | cut -d: -f-2,4-' a:b:d
check 'cut -c' 'echo abcdef | cut -c2-3,5' bce
check 'cut keeps lines without separator' 'echo abc | cut -d: -f2' abc
check 'cut -s' 'echo abc | cut -d: -s -f2' ''
check 'cut needs a list' 'echo | cut -c 0' 'cut: invalid list' 1
check 'cut rejects -' 'echo | cut -c -' 'cut: invalid list' 1

check 'paste' 'printf "1\n2\n" >p1; printf "a\nb\nc\n" >p2; paste p1 p2' '1	a
2	b
	c'
check 'paste -d' 'paste -d, p2 p1' 'a,1
b,2
c,'
check 'paste -s' 'paste -s p2' 'a	b	c'
check 'paste - -' 'seq 4 | paste - -' '1	2
3	4'
check 'rev and tac keep a missing last newline' 'printf "a\nbc" | rev; printf "a\nb" | tac' 'a
cbba'
check 'tac' 'tac f' 'three
two
one'
check 'rev' 'echo abc | rev' cba
check 'rev of UTF-8' 'printf "a\303\244\n" | rev | od -c | head -n 1' '0000000 303 244   a  \n'
check 'nl' 'printf "a\n\nb\n" | nl' '     1	a
       
     2	b'
check 'nl -ba' 'printf "a\n\n" | nl -ba -w2 -s:' ' 1:a
 2:'
check 'fold -w' 'echo abcdefg | fold -w 3' 'abc
def
g'
check 'fold -s' 'echo "ab cd ef" | fold -sw 5' 'ab 
cd ef'
check 'tee' 'echo x | tee t1 t2; cat t1 t2' 'x
x
x'
check 'tee -a' 'echo y | tee -a t1; cat t1' 'y
x
y'
check 'seq' 'seq 3 | tr "\n" " "' '1 2 3 '
check 'seq with step' 'seq 5 -2 1 | tr "\n" " "' '5 3 1 '
check 'seq of fractions' 'seq 1 .5 2 | tr "\n" " "' '1.0 1.5 2.0 '
check 'seq -w' 'seq -w 8 10 | tr "\n" " "' '08 09 10 '
check 'seq -s' 'seq -s, 3' 1,2,3
check 'seq of nothing' 'seq 3 1' ''
check 'seq negative' 'seq -2 0 | tr "\n" " "' '-2 -1 0 '
check 'seq: step 0' 'seq 1 0 2' 'seq: the step must not be zero' 1
check 'seq down to a fraction' 'seq 2 -1 .5 | tr "\n" " "; seq 1 -3 1.5' '2 1 '
check 'seq up to a fraction' 'seq 1 2.5 | tr "\n" " "' '1 2 '
check 'strings' 'printf "ab\001hello\000wor\002longer\n" | strings' 'hello
longer'
check 'strings -n -t' 'printf "ab\001hello\n" | strings -n 5 -t d' '      3 hello'
check 'hexdump -C' 'printf "hello\n" | hexdump -C' '00000000  68 65 6c 6c 6f 0a                                 |hello.|
00000006'
check 'hexdump' 'printf "abc" | hexdump' '0000000 6261 0063                              
0000003'
check 'hexdump *' 'head -c 64 /dev/zero | hexdump -C | wc -l' 3
check 'hexdump -n -s' 'printf abcdef | hexdump -C -s 2 -n 2 | head -n 1 | cut -c 1-16' '00000002  63 64 '
check 'hexdump of nothing' 'printf "" | hexdump -C' ''
check 'sha256sum' 'printf abc | sha256sum' 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -'
check 'sha256sum of 56 bytes' 'printf "%056d" 0 | sha256sum | cut -c 1-16' 'bd03ac1428f0ea86'
check 'sha256sum -c' 'sha256sum f >s; sha256sum -c s; echo x >>f; sha256sum -c s' 'f: OK
f: FAILED' 1
check 'yes stops at a closed pipe' 'yes | head -n 2' 'y
y'
check 'od' 'printf "ab\n" | od' '0000000 061141 000012
0000003'
check 'od -tx1 -An' 'printf "ab" | od -An -tx1' ' 61 62'
check 'od -td2' 'printf "\377\377" | od -An -td2' '     -1'
check 'od -j past the end' 'printf ab | od -j 3' 'od: nothing is left behind the bytes to skip' 1
