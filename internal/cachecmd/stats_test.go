package cachecmd_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/redistest"
)

// stats is the output of `cache stats --json`.
type stats struct {
	Masters, Keys, Sampled int64
	Estimated              bool
	Lookups                *struct {
		Hits, Misses int64
		Ratio        *float64
	}
	Memory   *struct{ Used, Max int64 }
	Prefixes []struct {
		Prefix       string
		Keys, Memory int64
	}
}

func statsPrints(t *testing.T, url string, rdb goredis.UniversalClient) {
	rdb.MSet(t.Context(), "{x}plain", "v")
	fillKeys(t, rdb, "cache:user:", 200)
	rdb.Set(t.Context(), "session:a", strings.Repeat("x", 100_000), 0)
	for range 3 {
		rdb.Get(t.Context(), "cache:user:7")
	}
	rdb.Get(t.Context(), "none")
	about := `keys       202\nhit ratio  75\.0% \(3 hits, 1 misses; since Redis started, all commands of all clients\)\n` +
		`memory     \d\S* [kM]B, no limit\n`
	if strings.Contains(t.Name(), "cluster") {
		about = `masters    3\n` + about
	}
	if strings.Contains(t.Name(), "embedded") {
		about = "keys       202\nhit ratio  not known: this server does not count hits and misses\n" +
			"memory     not known: this server does not report it\n"
	}
	cacheCommand(t.Context(), url, "stats", "-q").like(t, 0, about+`
PREFIX      KEYS  MEMORY
session     1     1\d\d\.\d kB
cache:user  200   \d\S* k?B
-           1     \d+ B
`, "")
	cacheCommand(t.Context(), url, "stats", "-q", "--sample", "50").like(t, 0,
		about+`\nPREFIX +KEYS +MEMORY\n.*cache:user +~\d+ +~.*\n~ estimated from a sample of (50|49|48) keys\n`, "")

	got := cacheCommand(t.Context(), url, "stats", "--json", "-q")
	var s stats
	if err := json.Unmarshal([]byte(got.stdout), &s); err != nil || strings.Count(got.stdout, "\n") != 1 {
		t.Fatalf("%v in %s", err, got.stdout)
	}
	if s.Keys != 202 || s.Sampled != 202 || s.Estimated || len(s.Prefixes) != 3 || s.Prefixes[0].Prefix != "session" ||
		s.Prefixes[0].Keys != 1 || s.Prefixes[0].Memory < 100_000 {
		t.Errorf("%+v", s)
	}
	if counted := s.Lookups != nil && s.Memory != nil; counted == strings.Contains(t.Name(), "embedded") {
		t.Errorf("%+v", s)
	}
}

func TestCacheStatsOfAnEmptyRedis(t *testing.T) {
	url := redistest.Start(t).URL()
	cacheCommand(t.Context(), url, "stats").like(t, 0, "keys       0\n"+
		`hit ratio  no lookups yet \(since Redis started, all commands of all clients\)\n`+"memory .*\n", "")
	if got := cacheCommand(t.Context(), url, "stats", "--json"); !strings.Contains(got.stdout, `"prefixes":[]`) {
		t.Errorf("%+v", got)
	}
}

func TestCacheStatsCutsALongTable(t *testing.T) {
	server := redistest.Start(t)
	for i := range 40 {
		server.Client().Set(t.Context(), fmt.Sprintf("p%02d:k", i), "v", 0)
	}
	got := cacheCommand(t.Context(), server.URL(), "stats")
	if got.code != 0 || strings.Count(got.stdout, "\np") != 30 || !strings.Contains(got.stdout, "\nand 10 more prefixes; --json has them\n") {
		t.Errorf("%+v", got)
	}
}
