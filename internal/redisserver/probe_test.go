package redisserver_test

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// probe is a line of testdata/probes.txt.
type probe struct {
	group, text string
	requests    [][]string
	version     int
}

func readProbes(t *testing.T) []probe {
	t.Helper()
	b, err := os.ReadFile("testdata/probes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []probe
	group := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if title, ok := strings.CutPrefix(line, "# "); ok {
			group = title
			continue
		}
		p := probe{group: group, text: line, version: 2}
		for request := range strings.SplitSeq(line, " ; ") {
			args, err := resp.NewReader(strings.NewReader(request + "\n")).Next()
			switch {
			case request == "RESP3":
				p.version = 3
			case err != nil:
				t.Fatalf("%s: %v", request, err)
			default:
				p.requests = append(p.requests, args)
			}
		}
		all = append(all, p)
	}
	return all
}

// unordered are the commands whose replies have no order in Redis.
var unordered = []string{"KEYS", "SMEMBERS", "SINTER", "SUNION", "SDIFF", "SCAN", "SSCAN", "ZSCAN"}

// run sends a probe to an empty server and returns the replies, one per request.
func (p probe) run(t *testing.T, addr string) []string {
	t.Helper()
	w := dial(t, addr)
	defer w.conn.Close()
	w.do("FLUSHALL")
	w.do("SCRIPT", "FLUSH")
	if p.version == 3 {
		w.do("HELLO", "3")
	}
	var answers []string
	for _, args := range p.requests {
		w.request(args...)
		name := strings.ToUpper(args[0])
		if !strings.HasSuffix(name, "SUBSCRIBE") {
			answers = append(answers, p.receive(w.r, name))
			continue
		}
		w.request("PING", "end") // there may be any number of replies before its own
		var replies []string
		for reply := ""; !strings.Contains(reply, `"end"`); {
			if reply = p.receive(w.r, name); !strings.Contains(reply, `"end"`) {
				replies = append(replies, reply)
			}
		}
		answers = append(answers, strings.Join(replies, " "))
	}
	return answers
}

func (probe) receive(r *bufio.Reader, command string) string {
	v, err := resp.Parse(r)
	if err != nil {
		return err.Error()
	}
	if slices.Contains(unordered, command) {
		order(v)
		for _, item := range v.Items {
			order(item)
		}
	}
	return show(v)
}

func order(v resp.Value) {
	if len(v.Items) > 0 && v.Items[0].Kind == resp.Bulk && v.Items[0].Text != "0" {
		slices.SortFunc(v.Items, func(a, b resp.Value) int { return strings.Compare(a.Text, b.Text) })
	}
}

// quoted is how a file has answers: one line each, in quotes.
func quoted(answers [][]string) string {
	var b strings.Builder
	for _, of := range answers {
		for i, a := range of {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(strconv.Quote(a))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// unquoted reads what [quoted] returns.
func unquoted(t *testing.T, text string) [][]string {
	t.Helper()
	var all [][]string
	for line := range strings.Lines(text) {
		var of []string
		for a := range strings.SplitSeq(strings.TrimSuffix(line, "\n"), "\t") {
			answer, err := strconv.Unquote(a)
			if err != nil {
				t.Fatalf("%s: %v", a, err)
			}
			of = append(of, answer)
		}
		all = append(all, of)
	}
	return all
}
