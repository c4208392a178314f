package servers

import (
	"slices"
	"testing"
	"time"

	"github.com/keryx-go/keryx/bench/internal/benchtest"
)

func parse(t *testing.T, args ...string) *options {
	t.Helper()
	r, err := benchtest.Runner(t, Suite(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return r.(*options)
}

func TestDefaults(t *testing.T) {
	o := parse(t)
	if o.connections != 64 || o.duration != 5*time.Second || o.rounds != 5 {
		t.Errorf("the defaults are %+v", o)
	}
	for _, name := range names() {
		if !o.only.Selects(name) {
			t.Errorf("%s takes no part", name)
		}
	}
}

func TestPeers(t *testing.T) {
	o := parse(t, "--peer", "a=http://127.0.0.1:1/x?y=1=2", "--peer=b c=https://example.com")
	want := peers{{"a", "http://127.0.0.1:1/x?y=1=2"}, {"b c", "https://example.com"}}
	if !slices.Equal(o.peers, want) {
		t.Errorf("the peers are %v, expected %v", o.peers, want)
	}
}

func TestPeersArePublishedWithoutTheirHosts(t *testing.T) {
	o := parse(t, "--peer", "bun=http://127.0.0.1:3000/api?a=1&b=2", "--peer", "far (1)=http://build7.example.com:80/api")
	want := []string{"bun=http://127.0.0.1:3000/api?a=1&b=2", "far (1)=http://HOST/api"}
	if got := o.peers.Public(); !slices.Equal(got, want) {
		t.Errorf("published are %q, expected %q", got, want)
	}
}

func TestWrongOptions(t *testing.T) {
	benchtest.WrongOptions(t, Suite(), map[string][]string{
		"must be name=url":              {"--peer", "http://127.0.0.1"},
		`the name ""`:                   {"--peer", "=http://127.0.0.1"},
		`the name "<b>"`:                {"--peer", "<b>=http://127.0.0.1"},
		`"keryx" is taken`:              {"--peer", "keryx=http://127.0.0.1"},
		`"a" is taken`:                  {"--peer", "a=http://127.0.0.1", "--peer", "a=http://127.0.0.2"},
		"must begin with http://":       {"--peer", "a=localhost:80"},
		"and a host":                    {"--peer", "a=http://"},
		"neither a user":                {"--peer", "a=http://u:p@127.0.0.1/"},
		"invalid port":                  {"--peer", "a=http://127.0.0.1:x/"},
		"--rounds is 0":                 {"--rounds", "0"},
		"--connections is -1":           {"--connections", "-1"},
		"--boots is 0":                  {"--boots", "0"},
		"--duration is 0s":              {"--duration", "0s"},
		"--warmup is -1s":               {"--warmup", "-1s"},
		`--only names "other"`:          {"--only", "keryx,other"},
		"flag provided but not defined": {"--other"},
	})
}
