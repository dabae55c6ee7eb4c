# expr, test, printf and echo, as programs.

T=$BIN/test
P=$BIN/printf
E=$BIN/echo

check 'expr sum' 'expr 1 + 2' 3
check 'expr precedence' 'expr 2 + 3 \* 4' 14
check 'expr brackets' 'expr \( 2 + 3 \) \* 4' 20
check 'expr is left-associative' 'expr 10 - 3 - 2' 5
check 'expr zero has status 1' 'expr 1 - 1' 0 1
check 'expr empty has status 1' 'expr ""' '' 1
check 'expr comparison of numbers' 'expr 10 \> 9' 1
check 'expr comparison of texts' 'expr a10 \> a9' 0 1
check 'expr length of a match' 'expr abcde : "abc"' 3
check 'expr group' 'expr abc.o : "\(.*\)\.o"' abc
check 'expr no match' 'expr abc : x' 0 1
check 'expr |' 'expr "" \| b; expr 0 \| 0' 'b
0' 1
check 'expr &' 'expr 1 \& 2; expr 0 \& 2' '1
0' 1
check 'expr | and & skip what they do not need' 'expr 1 \| 1 / 0; expr 0 \& a + 1' '1
0' 1
check 'expr length' 'expr length abc' 3
check 'expr substr' 'expr substr abcdef 2 3' bcd
check 'expr index' 'expr index abc cb' 2
check 'expr division by zero' 'expr 1 / 0' 'expr: division by zero' 2
check 'expr not a number' 'expr a + 1' "expr: not a number: 'a'" 2
check 'expr overflow' 'expr 9223372036854775807 + 1' 'expr: result too large' 2
check 'expr syntax' 'expr 1 +' 'expr: syntax error: something is missing at the end' 2
check 'expr trailing word' 'expr 1 2' "expr: syntax error: unexpected '2'" 2
check 'expr negative' 'expr -3 % 2' -1

check 'test nothing' '$T' '' 1
check 'test a word' '$T x'  ''
check 'test an empty word' '$T ""' '' 1
check 'test -n -z' '$T -n x && $T -z ""' ''
check 'test = !=' '$T a = a && $T a != b' ''
check 'test numbers' '$T 1 -lt 2 && $T 2 -ge 2 && $T -1 -eq -01 && $T 3 -ne 4' ''
check 'test bad number' '$T x -eq 1' "test: not a number: 'x'" 2
check 'test !' '$T ! x' '' 1
check 'test ! binary' '$T ! a = b' ''
check 'test -a -o' '$T a -a b && $T "" -o b' ''
check 'test brackets' '$T \( a = b \) -o c' ''
check 'test the word !' '$T !' ''
check 'test the word -f' '$T -f' ''
check 'test -e -f -d' 'echo >f; mkdir d; $T -e f && $T -f f && $T -d d && $T ! -f d' ''
check 'test -s' '$T -s f && $T ! -s /dev/null' ''
check 'test -L' 'ln -s f l; $T -L l && $T -h l' ''
check 'test -x' '$T -x d && $T ! -x f' ''
check 'test -nt -ot -ef' 'touch -d @1 o; $T f -nt o && $T o -ot f && $T f -ef l' ''
check 'test -t' '$T -t 0' '' 1
check 'test extra word' '$T a b' "test: unexpected 'b'" 2
check '[' '"$BIN/[" a = a ]' ''
check '[ without ]' '"$BIN/[" a = a' '[: no ] at the end' 2
check 'test = with words like operators' '$T = = = && $T ! = !' ''

check 'printf' '$P "%s-%d\n" a 5' 'a-5'
check 'printf repeats its format' '$P "%s," a b c' 'a,b,c,'
check 'printf missing arguments' '$P "[%s%d]"' '[0]'
check 'printf widths' '$P "[%5d|%-5s|%05d|%.2s]" 42 ab 42 xyz' '[   42|ab   |00042|xy]'
check 'printf *' '$P "[%*d]" 4 7' '[   7]'
check 'printf bases' '$P "%x %X %o %#x" 255 255 8 255' 'ff FF 10 0xff'
check 'printf reads bases' '$P "%d %d" 0x10 010' '16 8'
check 'printf characters' '$P "%d %c" "'"'"'A" xyz' '65 x'
check 'printf escapes' '$P "a\tb\101\x42\\\n"' 'a	bAB\n'
check 'printf %b' '$P "%b" "a\0101\n"' 'aA'
check 'printf %b with \c' '$P "%b%s" "a\c" x' a
check 'printf \c' '$P "a\cb"' a
check 'printf %%' '$P "100%%\n"' '100%'
check 'printf floats' '$P "%.2f %g %e" 1.5 0.1 100' '1.50 0.1 1.000000e+02'
check 'printf of an empty number' '$P "%d" ""' 0
check 'printf bad number' '$P "%d\n" 3x' 'printf: 3x: not a number
3' 1
check 'printf unsigned' '$P "%u" -1' 18446744073709551615
check 'printf unknown' '$P "%y"' 'printf: %y: unknown conversion' 1
check 'printf NUL' '$P "a\000b" | wc -c' 3

check 'echo' '$E a  b' 'a b'
check 'echo -n' '$E -n a' a
check 'echo -e' '$E -e "a\tb\0101"' 'a	bA'
check 'echo keeps escapes' '$E "a\tb"' 'a\tb'
check 'echo -e \c' '$E -e "a\cb" c' a
check 'echo of other options' '$E -x' -x
check 'echo -' '$E -' -
