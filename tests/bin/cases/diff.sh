# diff.

printf '1\n2\n3\n4\n5\n6\n7\n8\n9\n' >a
printf '1\n2\n3\n4\nfive\n6\n7\n8\n9\n' >b

check 'same' 'diff a a' ''
check 'normal form' 'diff a b' '5c5
< 5
---
> five' 1
check 'insertion' 'printf "1\n2\n" >x; printf "1\nn\n2\n" >y; diff x y' '1a2
> n' 1
check 'deletion' 'diff y x' '2d1
< n' 1
check 'unified form' 'diff -u a b | tail -n +3' '@@ -2,7 +2,7 @@
 2
 3
 4
-5
+five
 6
 7
 8'
check 'unified titles' 'touch -d @0 a; diff -u a b | head -n 1' '--- a	1970-01-01 00:00:00'
check '-U 0' 'diff -U 0 a b | tail -n +3' '@@ -5 +5 @@
-5
+five'
check 'two hunks' 'seq 30 >s; sed_free() { seq 3; echo x; seq 5 25; echo y; seq 27 30; }; sed_free >t; diff -u s t | grep -c "^@@"' 2
check 'near changes share a hunk' '(seq 3; echo x; seq 5 10; echo y; seq 12 30) >t; diff -u s t | grep "^@@"' '@@ -1,14 +1,14 @@'
check 'no newline at the end' 'printf a >n1; printf "a\n" >n2; diff n1 n2' '1c1
< a
\ No newline at end of file
---
> a' 1
check 'empty files' 'diff /dev/null x' '0a1,2
> 1
> 2' 1
check '-u against nothing' 'diff -u /dev/null x | tail -n +3' '@@ -0,0 +1,2 @@
+1
+2'
check '-q' 'diff -q a b' 'Files a and b differ' 1
check '-s' 'diff -s a a' 'Files a and a are identical'
check '-i' 'echo A >i1; echo a >i2; diff -i i1 i2' ''
check '-b' 'echo "a  b " >i1; echo "a b" >i2; diff -b i1 i2' ''
check '-w' 'echo "a b" >i1; echo ab >i2; diff -w i1 i2' ''
check 'binary files' 'printf "a\000b" >i1; printf "a\000c" >i2; diff i1 i2' 'Binary files i1 and i2 differ' 1
check 'missing file' 'diff a none' 'diff: none: No such file or directory' 2
check '-N' 'diff -N none x | head -n 1' '0a1,2'
check 'directories' 'mkdir -p d1/s d2/s; echo 1 >d1/f; echo 2 >d2/f; echo >d1/o; diff -r d1 d2' 'diff d1/f d2/f
1c1
< 1
---
> 2
Only in d1: o' 1
check 'file and directory' 'echo 1 >f; diff f d2' '1c1
< 1
---
> 2' 1
check 'standard input' 'cat b | diff a - | head -n 1' '5c5'
check 'many lines' 'seq 2000 >m1; seq 3 3 2000 >m2; diff m1 m2 | grep -c "^<"' 1334
check 'nothing in common' 'seq 300 >m1; seq 301 600 >m2; diff m1 m2 | head -n 1' '1,300c1,300'
