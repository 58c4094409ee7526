package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// table is what is printed in the end.
type table struct{ rows [][3]string }

// add appends a figure with what it aims at.
func (t *table) add(figure, aim, format string, args ...any) {
	t.rows = append(t.rows, [3]string{figure, aim, fmt.Sprintf(format, args...)})
}

func (t *table) print(w io.Writer) {
	rows := append([][3]string{{"figure", "aim", "measured"}}, t.rows...)
	var width [3]int
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for i, row := range rows {
		fmt.Fprintf(w, "| %s | %s | %s |\n", pad(row[0], width[0]), pad(row[1], width[1]), pad(row[2], width[2]))
		if i == 0 {
			fmt.Fprintf(w, "|-%s-|-%s-|-%s-|\n", dashes(width[0]), dashes(width[1]), dashes(width[2]))
		}
	}
}

func pad(s string, width int) string { return s + strings.Repeat(" ", width-utf8.RuneCountInString(s)) }

func dashes(width int) string { return strings.Repeat("-", width) }

// durations are samples of one thing.
type durations []time.Duration

// quantile is the smallest sample that a share q of all do not exceed.
func (d durations) quantile(q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}

// String is for a handful of samples, of which a 99th percentile would say nothing.
func (d durations) String() string {
	return fmt.Sprintf("p50 %s, max %s (of %d)", ms(d.quantile(0.5)), ms(d.quantile(1)), len(d))
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

func us(d time.Duration) string { return fmt.Sprintf("%.0f µs", d.Seconds()*1e6) }

// conditions says on what the table was made.
func conditions() string {
	return fmt.Sprintf("%s, %d processors, %s, %s", processor(), runtime.NumCPU(), runtime.GOOS, runtime.Version())
}

func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
