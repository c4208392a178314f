package dev

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/config"
)

func TestStores(t *testing.T) {
	s := &stores{dir: t.TempDir()}
	defer func() { _ = s.close() }()
	variables := func(redis, database string) []string {
		t.Helper()
		env, err := s.variables(settings{
			"KERYX_ENV": {Value: "my-env"}, "REDIS_URL": {Value: redis}, "DATABASE_URL": {Value: database},
		})
		if err != nil {
			t.Fatal(err)
		}
		return env
	}
	if env := variables("redis://localhost", "sqlite://app.db"); env != nil {
		t.Errorf("an app with stores of its own gets %q", env)
	}
	env := variables("embedded://name/2?force=true&pool_size=3", "sqlite://:memory:?_pragma=cache_size(1)")
	redis := s.redis
	want := []string{
		"REDIS_URL_MY_ENV=redis://" + redis.Addr() + "/2?pool_size=3",
		"DATABASE_URL_MY_ENV=sqlite://" + filepath.Join(s.dir, "database0.db") + "?_pragma=cache_size(1)",
	}
	if !slices.Equal(env, want) {
		t.Errorf("got  %q\nwant %q", env, want)
	}
	s.forgetDatabase()
	if again := variables("embedded://", "sqlite://:memory:"); s.redis != redis || !strings.HasSuffix(again[1], "database1.db") {
		t.Errorf("the second time: %q", again)
	}
	port := freePort(t)
	if env := variables(fmt.Sprintf("embedded://:%d", port), ""); !slices.Equal(env, []string{fmt.Sprintf("REDIS_URL_MY_ENV=redis://127.0.0.1:%d", port)}) {
		t.Errorf("on a port of choice: %q", env)
	}
}

func TestChosen(t *testing.T) {
	s := settings{}
	for source, want := range map[string]bool{"built-in": false, "app default": false, ".env": true, "environment": true, "environment (X_TEST)": true} {
		if s["X"] = (config.Setting{Source: source}); s.chosen("X") != want {
			t.Errorf("%s: %t", source, !want)
		}
	}
}
