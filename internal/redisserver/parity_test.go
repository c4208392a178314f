package redisserver_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/redisserver/command"
	"github.com/keryx-go/keryx/internal/redistest"
)

var update = flag.Bool("update", false, "write testdata/answers.txt and the tables of docs/embedded.md; needs redis-server")

const (
	page        = "../../docs/embedded.md"
	answersFile = "testdata/answers.txt"
	begin       = "<!-- The rest is written by: go test ./internal/redisserver -run Parity -update -->\n"
)

// TestParityIsCurrent holds the tables of the page against the embedded server,
// and what they say of Redis against a real one, where there is one.
func TestParityIsCurrent(t *testing.T) {
	probes := readProbes(t)
	embedded := start(t)
	ours := make([][]string, len(probes))
	for i, p := range probes {
		ours[i] = p.run(t, embedded.Addr())
	}
	recorded, err := os.ReadFile(answersFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if *update && !redistest.Available() {
		t.Fatal("-update needs redis-server")
	}
	if redistest.Available() {
		if now := quoted(real(t, probes)); *update {
			write(t, answersFile, now)
			recorded = []byte(now)
		} else if now != string(recorded) {
			t.Errorf("redis-server answers otherwise than %s says; run with -update", answersFile)
		}
	}
	theirs := unquoted(t, string(recorded))
	if len(theirs) != len(probes) {
		t.Fatalf("%s has %d probes, not %d; run with -update", answersFile, len(theirs), len(probes))
	}
	want := commandTable(t, embedded.Addr()) + probeTable(probes, theirs, ours)
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(text), begin)
	switch {
	case !found:
		t.Fatalf("%s has no line %q", page, begin)
	case *update:
		write(t, page, before+begin+want)
	case after != want:
		t.Errorf("the tables of %s are not current; run with -update", page)
	}
}

// real returns the answers of a Redis, after it has been asked for its commands.
func real(t *testing.T, probes []probe) [][]string {
	t.Helper()
	s := redistest.Start(t)
	names := dial(t, s.Addr()).do("COMMAND", "LIST").Texts()
	slices.Sort(names)
	var listed []string
	for _, name := range command.Names() {
		if c := command.Find(name); !c.Extra {
			listed = append(listed, name)
			for _, sub := range c.Subs {
				listed = append(listed, sub.Name)
			}
		}
	}
	slices.Sort(listed)
	if version := s.Client().Info(t.Context(), "server").Val(); strings.Contains(version, "redis_version:7.0.") && !slices.Equal(names, listed) {
		t.Errorf("commands.txt lists %d commands, and this Redis 7.0 has %d", len(listed), len(names))
	} else if !strings.Contains(version, "redis_version:7.0.") {
		t.Skip("the tables are about Redis 7.0, and this is another")
	}
	answers := make([][]string, len(probes))
	for i, p := range probes {
		answers[i] = p.run(t, s.Addr())
	}
	return answers
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// commandTable lists the commands, by what the embedded server says of them.
func commandTable(t *testing.T, addr string) string {
	t.Helper()
	have := dial(t, addr).do("COMMAND", "LIST").Texts()
	var with, without, more []string
	for _, name := range command.Names() {
		shown := "`" + strings.ToUpper(name) + "`"
		switch has, extra := slices.Contains(have, name), command.Find(name).Extra; {
		case has && extra:
			more = append(more, shown)
		case has:
			with = append(with, shown)
		default:
			without = append(without, shown)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n## Commands\n\nOf the %d commands of Redis 7.0 it has %d.\n", len(with)+len(without), len(with))
	fmt.Fprintf(&b, "\n| | commands |\n|---|---|\n| missing (%d) | %s |\n", len(without), strings.Join(without, " "))
	fmt.Fprintf(&b, "| of later versions (%d) | %s |\n| there (%d) | %s |\n", len(more), strings.Join(more, " "), len(with), strings.Join(with, " "))
	return b.String()
}

// probeTable lists the probes whose answers differ.
func probeTable(probes []probe, theirs, ours [][]string) string {
	var meaning, wording []string
	differing := map[bool]map[int]bool{true: {}, false: {}}
	for i, p := range probes {
		for j, request := range strings.Split(strings.TrimPrefix(p.text, "RESP3 ; "), " ; ") {
			a, b := theirs[i][j], ours[i][j]
			if a == b {
				continue
			}
			onlyWords := strings.HasPrefix(a, "(") && strings.HasPrefix(b, "(") && strings.Fields(a)[0] == strings.Fields(b)[0]
			row := fmt.Sprintf("| `%s` | %s | %s |\n", cell(request), answer(a), answer(b))
			differing[onlyWords][i] = true
			if onlyWords {
				wording = append(wording, row)
			} else {
				meaning = append(meaning, row)
			}
		}
	}
	either := 0
	for i := range probes {
		if differing[true][i] || differing[false][i] {
			either++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n## Answers\n\n%d sequences of requests were sent to Redis 7.0 and to the embedded one. %d are answered the same, %d differ in an answer,\nand %d in no more than the words of an error.\n",
		len(probes), len(probes)-either, len(differing[false]), either-len(differing[false]))
	const head = "\n| request | Redis | embedded |\n|---|---|---|\n"
	b.WriteString("\n### Other answers\n" + head + strings.Join(meaning, ""))
	b.WriteString("\n### Other words in an error\n" + head + strings.Join(wording, ""))
	return b.String()
}

// answer returns an answer as a cell of a table.
func answer(text string) string {
	const longest = 160
	if len(text) > longest {
		text = text[:longest] + "…"
	}
	return "`" + cell(text) + "`"
}

func cell(text string) string { return strings.NewReplacer("|", `\|`, "`", "'").Replace(text) }
