# For the scripts in cases/.  Each check prints one TAP line.

checks=0
failures=0

# check TITLE COMMAND EXPECTED [STATUS]: runs COMMAND in a subshell; what it
# prints on both outputs must be EXPECTED, and its exit status STATUS (0).
check() {
    got=$(eval "$2" 2>&1 </dev/null)
    status=$?
    verdict "$1" "$3" "$got" "${4:-0}" "$status" "$2"
}

verdict() {
    checks=$((checks + 1))
    if [ "$2" = "$3" ] && [ "$4" = "$5" ]; then
        printf 'ok %d - %s\n' "$checks" "$1"
        return
    fi
    failures=$((failures + 1))
    printf 'not ok %d - %s\n' "$checks" "$1"
    printf '# %s\n' "command:  $6" "expected: $2 (status $4)" \
        "got:      $3 (status $5)"
}

finish_case() {
    echo "1..$checks"
    [ "$failures" -eq 0 ]
}
