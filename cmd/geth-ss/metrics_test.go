package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/metrics"
)

// TestMetricsAreDocumented: every metric under ss/ is in docs/metrics.md with its type, and nothing else is.
func TestMetricsAreDocumented(t *testing.T) {
	docs, wellFormed := documentedMetrics(t), regexp.MustCompile(`^ss(/[a-z]+)+$`)
	var registered []string
	metrics.DefaultRegistry.Each(func(name string, m any) {
		if !strings.HasPrefix(name, "ss/") {
			return
		}
		registered = append(registered, name)
		is := map[string]string{"*metrics.Counter": "counter", "*metrics.Gauge": "gauge", "*metrics.Timer": "timer"}[fmt.Sprintf("%T", m)]
		switch told, ok := docs[name]; {
		case !ok:
			t.Errorf("%s is not in docs/metrics.md", name)
		case told != is:
			t.Errorf("docs/metrics.md calls %s a %s, it is a %T", name, told, m)
		}
		if !wellFormed.MatchString(name) {
			t.Errorf("%s is no name for a metric", name)
		}
	})
	for name := range docs {
		if !slices.Contains(registered, name) {
			t.Errorf("docs/metrics.md has %s, which does not exist", name)
		}
	}
	if len(registered) < 50 {
		t.Errorf("only %d metrics: is a package missing?", len(registered))
	}
}

// documentedMetrics reads docs/metrics.md: name → type.
func documentedMetrics(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	types := make(map[string]string)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		cells := strings.Split(lines.Text(), "|")
		if len(cells) < 2 || !strings.HasPrefix(cells[1], " `ss/") {
			continue
		}
		name := strings.Trim(cells[1], " `")
		if len(cells) != 7 {
			t.Errorf("the row of %s has %d cells, want 5", name, len(cells)-2)
			continue
		}
		if _, twice := types[name]; twice {
			t.Errorf("%s is documented twice", name)
		}
		if strings.TrimSpace(cells[3]) == "" || strings.TrimSpace(cells[4]) == "" {
			t.Errorf("%s has no unit or no meaning", name)
		}
		types[name] = strings.TrimSpace(cells[2])
	}
	return types
}
