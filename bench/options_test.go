package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"time"
)

func parse(t *testing.T, args ...string) (options, error) {
	t.Helper()
	return parseOptions(args, io.Discard)
}

func TestDefaults(t *testing.T) {
	o, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	if o.connections != 64 || o.duration != 5*time.Second || o.rounds != 5 || o.command != "cd bench && go run ." {
		t.Errorf("the defaults are %+v", o)
	}
	for _, name := range names() {
		if !o.selected(name) {
			t.Errorf("%s takes no part", name)
		}
	}
}

func TestPeers(t *testing.T) {
	o, err := parse(t, "--peer", "a=http://127.0.0.1:1/x?y=1=2", "--peer=b c=https://example.com")
	if err != nil {
		t.Fatal(err)
	}
	want := peers{{"a", "http://127.0.0.1:1/x?y=1=2"}, {"b c", "https://example.com"}}
	if len(o.peers) != 2 || o.peers[0] != want[0] || o.peers[1] != want[1] {
		t.Errorf("the peers are %v, expected %v", o.peers, want)
	}
}

func TestWrongOptions(t *testing.T) {
	tests := map[string][]string{
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
		`unexpected argument "x"`:       {"x"},
		"flag provided but not defined": {"--other"},
	}
	for message, args := range tests {
		if _, err := parse(t, args...); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%q: the error is %v, expected it to contain %q", args, err, message)
		}
	}
}

func TestHelp(t *testing.T) {
	var out strings.Builder
	if _, err := parseOptions([]string{"-h"}, &out); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("the error is %v", err)
	}
	for _, name := range []string{"connections", "duration", "warmup", "rounds", "boots", "only", "peer", "json", "svg", "md"} {
		if !strings.Contains(out.String(), "-"+name) {
			t.Errorf("-h does not tell of --%s:\n%s", name, out.String())
		}
	}
}

func TestCommandIsPublic(t *testing.T) {
	o, err := parse(t, "--rounds", "9", "--json", "out.json", "--md", "../docs/benchmarks.md", "--svg", "/home/somebody/x.svg",
		"--peer", "bun=http://127.0.0.1:3000/api?a=1&b=2", "--peer", "far (1)=http://build7.example.com:80/api")
	if err != nil {
		t.Fatal(err)
	}
	want := "cd bench && go run . --json out.json --md ../docs/benchmarks.md " +
		"--peer 'bun=http://127.0.0.1:3000/api?a=1&b=2' --peer 'far (1)=http://HOST/api' --rounds 9"
	if o.command != want {
		t.Errorf("the command is\n%s, expected\n%s", o.command, want)
	}
}
