# Converts the output of `go test -bench -benchmem` to one table. Errors pass through, and
# so does the exit status of the pipe.
BEGIN {
	row = "%-34s %-30s %12s %10s %10s\n"
	printf row, "package", "benchmark", "ns/op", "B/op", "allocs/op"
}
/^pkg:/ { pkg = $2; sub(/^github.com\/cloudeni\/cloudeni\/?/, "", pkg) }
/^Benchmark/ {
	for (i = 3; i < NF; i += 2) value[$(i + 1)] = $i
	sub(/^Benchmark/, "", $1)
	sub(/-[0-9]+$/, "", $1)
	printf row, pkg, $1, value["ns/op"], value["B/op"], value["allocs/op"]
	delete value
}
/FAIL|panic:|^#|\.go:[0-9]+/ { print }
