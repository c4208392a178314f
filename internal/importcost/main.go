// Importcost builds small programs, and writes what each import costs into
// docs/imports.md. With -check it writes nothing, and fails when a program has become
// larger than the page says by more than 3 %.
//
//	go run ./internal/importcost [-check]
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	page       = "docs/imports.md"
	tableBegin = "<!-- imports: go run ./internal/importcost -->\n"
	tableEnd   = "<!-- end of imports -->\n"
	// slack is by how much a program may grow before the page is stale.
	slack = 1.03
)

// program is an app with one import more than the smallest one.
type program struct {
	path  string // of the import; empty: none
	use   string // what an app does with it, where a blank import does not do
	about string
}

const module = "github.com/keryx-go/keryx/"

var programs = []program{
	{"", "", "actions over HTTP, WebSockets and the command line; Redis, sessions, channels, cache; bun without a driver"},
	{"redis/embedded", "", "`REDIS_URL=embedded://`"},
	{"db/sqlite", "", "`DATABASE_URL=sqlite://`, without cgo"},
	{"db/postgres", "", "`DATABASE_URL=postgres://`"},
	{"client", "api.Use(client.New(client.Options{Actions: api.Actions, Channels: api.Channels}))", "`app client ts` and `app client go`"},
	{"dashboard", "api.Use(dashboard.New(dashboard.Options{Actions: api.Actions, Channels: api.Channels, OpenAPI: api.OpenAPI}))", "the page at `/docs`, with Swagger UI"},
	{"cache/cacheotel", "_, _ = cacheotel.New(nil)", "metrics of the cache for OpenTelemetry, without an exporter"},
}

const source = `package main

import (
	"context"

	"github.com/keryx-go/keryx"
	%s
)

func main() {
	api := keryx.New(keryx.Options{Name: "smallest"})
	keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello")},
		func(context.Context, struct{}) (string, error) { return "Hello", nil })
	%s
	keryx.Main(api)
}
`

// cost is what a program has.
type cost struct {
	megabytes float64
	modules   int
}

func main() {
	check := flag.Bool("check", false, "write nothing, and fail when the page is stale")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(check bool) error {
	dir, err := os.MkdirTemp("", "importcost")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	costs := make([]cost, len(programs))
	for i, p := range programs {
		if costs[i], err = p.measure(dir); err != nil {
			return fmt.Errorf("%s: %w", p.path, err)
		}
		fmt.Printf("%-16s %6.2f MB %3d modules\n", p.path, costs[i].megabytes, costs[i].modules)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, begun := strings.Cut(string(text), tableBegin)
	old, after, ended := strings.Cut(rest, tableEnd)
	if !begun || !ended {
		return fmt.Errorf("%s has no %s…%s", page, tableBegin, tableEnd)
	}
	if check {
		return compare(old, costs)
	}
	return os.WriteFile(page, []byte(before+tableBegin+"\n"+table(costs)+"\n"+tableEnd+after), 0o644)
}

// measure builds the program, as one would for production.
func (p program) measure(dir string) (cost, error) {
	line := ""
	switch {
	case p.use != "":
		line = strconv.Quote(module + p.path)
	case p.path != "":
		line = "_ " + strconv.Quote(module+p.path)
	}
	file, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	if err := os.WriteFile(file, fmt.Appendf(nil, source, line, p.use), 0o600); err != nil {
		return cost{}, err
	}
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, file).CombinedOutput(); err != nil {
		return cost{}, fmt.Errorf("%w\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return cost{}, err
	}
	out, err := exec.Command("go", "version", "-m", binary).Output()
	if err != nil {
		return cost{}, err
	}
	return cost{float64(info.Size()) / 1e6, bytes.Count(out, []byte("\tdep\t"))}, nil
}

// table returns the table of the page.
func table(costs []cost) string {
	var b strings.Builder
	b.WriteString("| import | MB | modules | for |\n|---|--:|--:|---|\n")
	for i, p := range programs {
		if i == 0 {
			fmt.Fprintf(&b, "| `keryx` alone | %.2f | %d | %s |\n", costs[0].megabytes, costs[0].modules, p.about)
			continue
		}
		fmt.Fprintf(&b, "| `%s` | +%.2f | +%d | %s |\n", p.path, costs[i].megabytes-costs[0].megabytes, costs[i].modules-costs[0].modules, p.about)
	}
	return b.String()
}

// compare returns an error for a program that has grown.
func compare(old string, costs []cost) error {
	said := map[string]float64{}
	lines := bufio.NewScanner(strings.NewReader(old))
	for lines.Scan() {
		if cells := strings.Split(lines.Text(), "|"); len(cells) > 3 {
			if n, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(cells[2]), "+"), 64); err == nil {
				name, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(cells[1]), "`"), "`")
				said[name] = n
			}
		}
	}
	for i, p := range programs {
		name, base := p.path, said["keryx"]
		if i == 0 {
			name, base = "keryx", 0
		}
		want, ok := said[name]
		if !ok {
			return fmt.Errorf("%s has no row for %s; run: go run ./internal/importcost", page, name)
		}
		if want += base; costs[i].megabytes > want*slack {
			return fmt.Errorf("a program with %s has %.2f MB, and %s says %.2f; if that is worth it, run: go run ./internal/importcost",
				name, costs[i].megabytes, page, want)
		}
	}
	return nil
}
