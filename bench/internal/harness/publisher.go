package harness

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/keryx-go/keryx/bench/internal/report"
)

// defaultPage is the default of [Suite.Page].
const defaultPage = "benchmarks.md"

// publisher writes the results to files. An empty path means none.
type publisher struct {
	docs string // a directory
	json string // a file
}

// publish writes the results of a suite. data has the results of all suites so far.
func (p publisher) publish(s *planned, measured *report.Report, data map[string]any) error {
	if p.json != "" {
		encoded, err := json.MarshalIndent(data, "", "  ")
		if err != nil {
			return err
		}
		if err := write(p.json, string(encoded)+"\n"); err != nil {
			return err
		}
	}
	if p.docs == "" {
		return nil
	}
	chart, err := measured.Chart.SVG()
	if err != nil {
		return err
	}
	link := fmt.Sprintf("benchmarks-%s.svg", s.Name)
	if err := write(filepath.Join(p.docs, link), chart); err != nil {
		return err
	}
	file := filepath.Join(p.docs, cmp.Or(s.Page, defaultPage))
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	updated, err := report.Update(string(old), s.Name, measured.Markdown(s.command, link))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return write(file, updated)
}

// write replaces a file, and makes its directory.
func write(file, content string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(content), 0o644)
}
