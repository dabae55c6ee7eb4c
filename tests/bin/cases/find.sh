# find and xargs.

mkdir -p t/a/b t/c
echo 1 >t/a/one.c
echo 22 >t/a/b/two.c
: >t/c/empty
ln -s a t/link

check 'all' 'find t | sort' 't
t/a
t/a/b
t/a/b/two.c
t/a/one.c
t/c
t/c/empty
t/link'
check '-name' 'find t -name "*.c" | sort' 't/a/b/two.c
t/a/one.c'
check '-type d' 'find t -type d | wc -l' 4
check '-type l' 'find t -type l' t/link
check '-maxdepth' 'find t -maxdepth 1 -type d | sort' 't
t/a
t/c'
check '-mindepth' 'find t -mindepth 3' 't/a/b/two.c'
check '-size' 'find t -size 3c; find t -type f -size +2c' 't/a/b/two.c
t/a/b/two.c'
check '-empty' 'find t -empty' t/c/empty
check '-newer' 'touch -d @1000 old; touch -d @500 t/a/one.c; find t -type f ! -newer old' t/a/one.c
check '-mtime' 'find t -name one.c -mtime +30; find t -name two.c -mtime -1' 't/a/one.c
t/a/b/two.c'
check '-perm' 'chmod 600 t/a/one.c; find t -type f -perm 600; find t -perm -u=rw -name one.c; find t/a -type f -perm /077 -name one.c' 't/a/one.c
t/a/one.c'
check '-o and !' 'find t \( -name one.c -o -name two.c \) ! -name "two*"' t/a/one.c
check '-a binds tighter than -o' 'find t -name one.c -o -name two.c -print' t/a/b/two.c
check '-exec' 'find t -name one.c -exec cat {} \;' 1
check '-exec +' 'find t -name "*.c" -exec echo {} + | tr " " "\n" | sort' 't/a/b/two.c
t/a/one.c'
check '-exec as a test' 'find t -name "*.c" -exec grep -q 22 {} \; -print' t/a/b/two.c
check '-print0' 'find t -name one.c -print0 | tr "\000" ":"' t/a/one.c:
check '-prune' 'find t -name a -prune -o -type f -print' t/c/empty
check '-depth' 'find t/a -depth | tail -n 1' t/a
check '-quit' 'find t -quit' ''
check '-delete' 'cp -r t u; find u -delete; find u 2>/dev/null' '' 1
check '-delete some' 'cp -r t u; find u -name "*.c" -delete; find u -type f; rm -r u' u/c/empty
check 'missing path' 'find none' 'find: none: No such file or directory' 1
check 'unknown test' 'find t -nome x 2>&1 | head -n 1' "find: unknown test '-nome'"
check 'several paths' 'find t/c t/a/b -type f' 't/c/empty
t/a/b/two.c'
check '-path' 'find t -path "*b/two*"' t/a/b/two.c

check 'xargs' 'echo a b c | xargs echo x' 'x a b c'
check 'xargs -n' 'echo 1 2 3 | xargs -n 2 echo' '1 2
3'
check 'xargs -I' 'printf "a b\nc\n" | xargs -I X echo "<X>"' '<a b>
<c>'
check 'xargs -0' 'printf "a b\000c\000" | xargs -0 -n 1 echo' 'a b
c'
check 'xargs quotes' "echo \"'a b' c\\\\ d\" | xargs -n 1 echo" 'a b
c d'
check 'xargs -L' 'printf "a b\nc\nd\n" | xargs -L 2 echo' 'a b c
d'
check 'xargs without input runs once' 'printf "" | xargs echo x' x
check 'xargs -r' 'printf "" | xargs -r echo x' ''
check 'xargs status' 'echo a | xargs false' '' 123
check 'xargs not found' 'echo a | xargs ./nope' 'xargs: ./nope: No such file or directory' 127
check 'xargs of much' 'seq 30000 | xargs echo | wc -w' 30000
check 'xargs -t' 'echo a | xargs -t echo b' 'echo b a
b a'
