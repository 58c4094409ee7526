// Package figures is what measuring programs print: tables, samples of durations, and what of the machine a process uses.
package figures

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Table is what is printed in the end: figures, what each aims at, and what was measured.
type Table struct{ rows [][3]string }

// Add appends a figure with what it aims at.
func (t *Table) Add(figure, aim, format string, args ...any) {
	t.rows = append(t.rows, [3]string{figure, aim, fmt.Sprintf(format, args...)})
}

// Print writes the table in Markdown.
func (t *Table) Print(w io.Writer) {
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

// Durations are samples of one thing.
type Durations []time.Duration

// Quantile is the smallest sample that a share q of all do not exceed.
func (d Durations) Quantile(q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}

// String is for a handful of samples, of which a 99th percentile would say nothing.
func (d Durations) String() string {
	return fmt.Sprintf("p50 %s, max %s (of %d)", MS(d.Quantile(0.5)), MS(d.Quantile(1)), len(d))
}

// MS writes milliseconds.
func MS(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

// US writes microseconds.
func US(d time.Duration) string { return fmt.Sprintf("%.0f µs", d.Seconds()*1e6) }

// Conditions says on what a table was made.
func Conditions() string {
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

// Disk is what the files below a directory take, in bytes. One that goes while it looks is left out.
func Disk(dir string) (size int64) {
	filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}

// Memory is what of a process is resident, in bytes; 0 where there is no /proc, or no such process.
func Memory(pid int) (size int64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			size = n << 10
		}
	}
	return size
}
