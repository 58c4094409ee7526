package figures

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	var d Durations
	for i := 100; i >= 1; i-- {
		d = append(d, time.Duration(i))
	}
	for _, c := range []struct {
		q    float64
		want time.Duration
	}{{0, 1}, {0.5, 51}, {0.99, 100}, {1, 100}} {
		if got := d.Quantile(c.q); got != c.want {
			t.Errorf("quantile %v of 1..100 is %d, want %d", c.q, got, c.want)
		}
	}
	if got := Durations(nil).Quantile(0.5); got != 0 {
		t.Errorf("quantile of nothing is %d", got)
	}
}

func TestTable(t *testing.T) {
	var tab Table
	tab.Add("µ", "≤ 1", "%d", 22222222)
	var b strings.Builder
	tab.Print(&b)
	want := "| figure | aim | measured |\n|--------|-----|----------|\n| µ      | ≤ 1 | 22222222 |\n"
	if b.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", b.String(), want)
	}
}

func TestDisk(t *testing.T) {
	dir := t.TempDir()
	for path, size := range map[string]int{"a": 3, "b/c": 40, "b/d/e": 500} {
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, make([]byte, size), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if size := Disk(dir); size != 543 {
		t.Errorf("%d bytes", size)
	}
	if size := Disk(filepath.Join(dir, "none")); size != 0 {
		t.Errorf("%d bytes of nothing", size)
	}
}
