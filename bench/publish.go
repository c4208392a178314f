package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// publish writes the files that were asked for.
func (h *harness) publish() error {
	if h.json != "" {
		encoded, err := h.run.JSON()
		if err != nil {
			return err
		}
		if err := write(h.json, string(encoded)); err != nil {
			return err
		}
	}
	if h.svg != "" {
		chart, err := h.run.Chart()
		if err != nil {
			return err
		}
		if err := write(h.svg, chart); err != nil {
			return err
		}
	}
	if h.md == "" {
		return nil
	}
	old, err := os.ReadFile(h.md)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	updated, err := h.run.Update(string(old), h.chartLink())
	if err != nil {
		return fmt.Errorf("%s: %w", h.md, err)
	}
	return write(h.md, updated)
}

// chartLink returns the path of the chart as the Markdown file refers to it,
// or "" when there is no chart beside it.
func (h *harness) chartLink() string {
	if h.svg == "" {
		return ""
	}
	link, err := filepath.Rel(filepath.Dir(h.md), h.svg)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(link)
}

// write replaces a file, and makes the directory it belongs into.
func write(file, content string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(content), 0o644)
}
