package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// devpage is the package that the overlay adds to the program.
const devpage = "github.com/keryx-go/keryx/web/devpage"

// builder builds the program.
type builder struct {
	pkg     string
	flags   []string
	dir     string // temporary
	overlay string // the file for -overlay; "" without
	count   int
	seed    maphash.Seed
}

// failure is an error with a text for the reader, as the compiler or the app wrote it.
type failure struct {
	title, text string
	printed     bool // the terminal has had the text from the app itself
	fatal       bool // there is no point in waiting for a change of the files
}

func (f *failure) Error() string { return f.title + "\n" + f.text }

// prepare writes the overlay: a file more in the package of the program, which imports
// devpage. An app of another version of the framework may not have it: then there is no
// overlay, and its pages do not show errors.
func (b *builder) prepare(ctx context.Context) error {
	b.overlay = ""
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", b.pkg, devpage).Output()
	dirs := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(dirs) != 2 {
		return ctx.Err()
	}
	source, overlay := filepath.Join(b.dir, "devpage.go"), filepath.Join(b.dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(dirs[0], "keryx_dev_page.go"): source}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(source, []byte("package main\n\nimport _ \""+devpage+"\"\n"), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return err
	}
	b.overlay = overlay
	return nil
}

// program is a file that go build has made.
type program struct {
	path string
	hash uint64
}

// build builds the program into a new file. A *failure has the errors of the compiler.
func (b *builder) build(ctx context.Context) (*program, error) {
	if b.overlay == "" {
		if err := b.prepare(ctx); err != nil {
			return nil, err
		}
	}
	// Always the same file: go build does not link again what is up to date. Without debug
	// information the linker is faster, and panics have their lines all the same. The state
	// of the version control system would cost as much again.
	path := filepath.Join(b.dir, "program"+exeSuffix)
	args := []string{"build", "-o", path, "-buildvcs=false", "-ldflags=-w"}
	if b.overlay != "" {
		args = append(args, "-overlay="+b.overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(append(args, b.flags...), b.pkg)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if !handsOver {
		cmd.Cancel = nil
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &failure{title: "it does not compile", text: strings.TrimSpace(out.String() + notStarted(err))}
	}
	p, err := b.keep(path)
	if err != nil {
		return nil, &failure{title: "go build made no program of " + b.pkg, text: err.Error() + "\nname the package with func main: keryx dev ./cmd/server"}
	}
	return p, nil
}

// notStarted returns the error of a command that could not be run at all.
func notStarted(err error) string {
	if _, ran := err.(*exec.ExitError); ran {
		return ""
	}
	return err.Error()
}

// keep copies what go build has made to a file of its own: the program may run while
// the next one is built.
func (b *builder) keep(path string) (*program, error) {
	from, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	b.count++
	p := &program{path: filepath.Join(b.dir, fmt.Sprintf("app%d%s", b.count, exeSuffix))}
	to, err := os.OpenFile(p.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return nil, err
	}
	var hash maphash.Hash
	hash.SetSeed(b.seed)
	_, err = io.Copy(io.MultiWriter(to, &hash), from)
	p.hash = hash.Sum64()
	return p, errors.Join(err, to.Close())
}

func (p *program) remove() { _ = os.Remove(p.path) } // its directory is temporary
