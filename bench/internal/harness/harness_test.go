package harness_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/report"
)

// counter is a suite that counts its runs.
type counter struct {
	rounds int
	names  harness.List
	hosts  hosts
	err    error

	runs int
	dir  string
}

func (c *counter) Check() error {
	return errors.Join(harness.AtLeast(1, "rounds", c.rounds), c.names.Check("only", []string{"a", "b"}))
}

func (c *counter) Run(_ context.Context, s *harness.Session) (*report.Report, error) {
	c.runs++
	c.dir = s.Dir
	s.Say("run %d", c.runs)
	if c.err != nil {
		return nil, c.err
	}
	return &report.Report{
		Chart: report.Chart{Title: "Counted"},
		Parts: []report.Part{{Table: report.Table{Header: []string{"n"}, Rows: [][]string{{"17"}}}}},
		Data:  map[string]int{"n": 17},
	}, os.WriteFile(filepath.Join(s.Dir, "left"), nil, 0o600)
}

// hosts is a flag whose values must not be published.
type hosts []string

func (h *hosts) String() string { return strings.Join(*h, " ") }

func (h *hosts) Set(value string) error {
	*h = append(*h, value)
	return nil
}

func (h *hosts) Public() []string { return make([]string, len(*h)) }

// suite returns a suite of counters.
func suite(name string, c *counter) harness.Suite {
	return harness.Suite{Name: name, Summary: "counts " + name, New: func(f *flag.FlagSet) harness.Runner {
		f.IntVar(&c.rounds, "rounds", 3, "how often")
		f.Var(&c.names, "only", "these only")
		f.Var(&c.hosts, "host", "where")
		return c
	}}
}

func plan(t *testing.T, one, two *counter, args ...string) *harness.Plan {
	t.Helper()
	p, err := harness.Parse([]harness.Suite{suite("one", one), suite("two", two)}, args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAllSuitesRunOrOne(t *testing.T) {
	tests := map[string]struct {
		args     []string
		one, two int
	}{
		"all": {nil, 1, 1},
		"one": {[]string{"one", "--rounds", "9"}, 1, 0},
		"two": {[]string{"two"}, 0, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			var one, two counter
			var out, log strings.Builder
			if err := plan(t, &one, &two, test.args...).Run(t.Context(), &out, &log); err != nil {
				t.Fatal(err)
			}
			if one.runs != test.one || two.runs != test.two {
				t.Errorf("one ran %d times, two %d times", one.runs, two.runs)
			}
			if want := test.one + test.two; strings.Count(out.String(), "17") != want || strings.Count(log.String(), "run 1") != want {
				t.Errorf("tables:\n%s\nprogress:\n%s", out.String(), log.String())
			}
			if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
				t.Errorf("files are left: %v, error %v", left, err)
			}
		})
	}
}

func TestPublish(t *testing.T) {
	dir := t.TempDir()
	docs, encoded := filepath.Join(dir, "docs"), filepath.Join(dir, "out.json")
	if err := plan(t, &counter{}, &counter{}, "--docs", docs, "--json", encoded).Run(t.Context(), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	text := read(t, filepath.Join(docs, "benchmarks.md"))
	for _, want := range []string{"<!-- bench:one -->", "(benchmarks-two.svg)", "| 17 |", "cd bench && go run . two\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the Markdown file lacks %q:\n%s", want, text)
		}
	}
	if chart := read(t, filepath.Join(docs, "benchmarks-one.svg")); !strings.Contains(chart, "Counted") {
		t.Errorf("the chart is:\n%s", chart)
	}
	if got := read(t, encoded); !strings.Contains(got, `"one": {`) || !strings.Contains(got, `"two": {`) {
		t.Errorf("the JSON is:\n%s", got)
	}
}

func TestPublishedCommandsArePublic(t *testing.T) {
	docs := t.TempDir()
	p := plan(t, &counter{}, &counter{}, "two", "--docs", docs, "--json", "out.json", "--host", "build7", "--only", "a,b", "--rounds", "2")
	t.Chdir(t.TempDir())
	if err := p.Run(t.Context(), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	want := "cd bench && go run . two --host '' --json out.json --only a,b --rounds 2\n"
	if got := read(t, filepath.Join(docs, "benchmarks.md")); !strings.Contains(got, want) {
		t.Errorf("the command is not %s in:\n%s", want, got)
	}
}

func TestFailedSuitesAreNotPublished(t *testing.T) {
	docs := t.TempDir()
	broken := errors.New("it broke")
	two := &counter{}
	err := plan(t, &counter{err: broken}, two, "--docs", docs).Run(t.Context(), io.Discard, io.Discard)
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "one: ") || two.runs != 0 {
		t.Errorf("the error is %v, the next suite ran %d times", err, two.runs)
	}
	if left, err := os.ReadDir(docs); err != nil || len(left) > 0 {
		t.Errorf("a run that failed is published: %v, error %v", left, err)
	}
}

func TestWrongCommandLines(t *testing.T) {
	tests := map[string][]string{
		`no suite "three": there are one, two`: {"three"},
		`unexpected argument "two"`:            {"one", "two"},
		"provided but not defined":             {"--rounds", "1"},
		"--rounds is 0: it must be at least 1": {"one", "--rounds", "0"},
		`--only names "c": there are a, b`:     {"two", "--only", "a, c"},
	}
	for message, args := range tests {
		_, err := harness.Parse([]harness.Suite{suite("one", &counter{}), suite("two", &counter{})}, args, io.Discard)
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%q: the error is %v, expected it to contain %q", args, err, message)
		}
	}
}

func TestHelp(t *testing.T) {
	tests := map[string][]string{
		"-h":     {"one", "counts one", "counts two", "-docs", "-json"},
		"two -h": {"counts two", "-docs", "-rounds", "-only"},
	}
	for args, wants := range tests {
		var out strings.Builder
		_, err := harness.Parse([]harness.Suite{suite("one", &counter{}), suite("two", &counter{})}, strings.Fields(args), &out)
		if !errors.Is(err, flag.ErrHelp) {
			t.Errorf("the error is %v", err)
		}
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s does not tell of %q:\n%s", args, want, out.String())
			}
		}
	}
}

func TestPauseEndsWithItsContext(t *testing.T) {
	if err := harness.Pause(t.Context(), 1); err != nil {
		t.Errorf("the error is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := harness.Pause(ctx, 1<<62); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
