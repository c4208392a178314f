package websocket_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what the server says in testdata")

// volatile is what differs from run to run.
var volatile = regexp.MustCompile(`"timestamp":\d+`)

// TestTranscripts holds the conversations in testdata: "> " is what the client
// says, and each "< " below it one message that it hears then.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	h := newHeld()
	close(h.open)
	app := start(t, h, nil)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			wanted, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := converse(dial(t, app), string(wanted))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if got != string(wanted) {
				t.Errorf("the conversation went:\n%s\nwant:\n%s", got, wanted)
			}
		})
	}
}

// converse says the client's lines and returns the transcript. Answers come
// before broadcasts in it: between the two there is no order.
func converse(c *client, transcript string) string {
	var out strings.Builder
	var heard []string
	flush := func() {
		slices.SortStableFunc(heard, func(a, b string) int { return kindOf(a) - kindOf(b) })
		out.WriteString(strings.Join(heard, ""))
		heard = nil
	}
	for line := range strings.Lines(transcript) {
		if strings.HasPrefix(line, "<") {
			heard = append(heard, "< "+volatile.ReplaceAllString(c.hear(), `"timestamp":0`)+"\n")
			continue
		}
		flush()
		if strings.HasPrefix(line, "> ") {
			c.say(strings.TrimSuffix(line[2:], "\n"))
		}
		out.WriteString(line)
	}
	flush()
	return out.String()
}

func kindOf(message string) int {
	if strings.HasPrefix(message, `< {"message":`) {
		return 1
	}
	return 0
}
