package keyspace_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/cachecmd/keyspace"
	"github.com/keryx-go/keryx/internal/redistest"
)

func fill(t *testing.T, rdb redis.UniversalClient, prefix string, n, size int) {
	t.Helper()
	pipe := rdb.Pipeline()
	for i := range n {
		pipe.Set(t.Context(), fmt.Sprint(prefix, i), strings.Repeat("x", size), 0)
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func byName(s keyspace.Stats) map[string]*keyspace.Prefix {
	out := map[string]*keyspace.Prefix{}
	for _, p := range s.Prefixes {
		out[p.Prefix] = p
	}
	return out
}

func TestPrefixes(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb *redis.Client) {
		do(t, rdb, []any{"MSET", "plain", "", "session:abc", "", "session:def", "", "cache:user:1", "",
			"cache:user:2:posts", "", "cache:users:v1:2", "", ":", "", "::", "", "a:", "", ":b", ""})
		s, err := keyspace.Collect(t.Context(), rdb, 0)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for name, p := range byName(s) {
			if got[name] = p.Keys; p.Memory == nil {
				t.Errorf("the memory of %q is not known", name)
			}
		}
		// ":" and ":b" begin with an empty segment, "::" with two.
		want := map[string]int64{"": 3, "session": 2, "cache:user": 2, "cache:users": 1, "a": 1, ":": 1}
		if fmt.Sprint(got) != fmt.Sprint(want) || s.Keys != 10 || s.Sampled != 10 || s.Estimated {
			t.Errorf("got %v of %+v", got, s)
		}
	})
}

func TestLookupsAndMemory(t *testing.T) {
	rdb := client(t, redistest.Start(t, "--maxmemory", "50mb").URL(), 3)
	s, err := keyspace.Collect(t.Context(), rdb, 1000)
	if err != nil || s.Lookups == nil || s.Lookups.Ratio != nil || s.Prefixes == nil {
		t.Fatalf("without lookups: %+v, %v", s, err)
	}
	do(t, rdb, []any{"SET", "k", "v"}, []any{"GET", "k"}, []any{"GET", "k"}, []any{"GET", "k"}, []any{"EXISTS", "none"})
	s, err = keyspace.Collect(t.Context(), rdb, 1000)
	if err != nil || s.Lookups == nil || s.Lookups.Hits != 3 || s.Lookups.Misses != 1 || *s.Lookups.Ratio != 0.75 {
		t.Errorf("%+v, %v", s.Lookups, err)
	}
	if s.Memory == nil || s.Memory.Used < 100_000 || s.Memory.Max != 50<<20 {
		t.Errorf("%+v", s.Memory)
	}
}

// TestWhatTheServerDoesNotTell collects as a user without permission for the commands.
func TestWhatTheServerDoesNotTell(t *testing.T) {
	server := redistest.Start(t)
	do(t, server.Client(), []any{"SET", "cache:user:1", "v"},
		[]any{"ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+dbsize", "-memory", "-info"})
	rdb := client(t, strings.Replace(server.URL(), "redis://", "redis://reader:secret@", 1), 3)
	s, err := keyspace.Collect(t.Context(), rdb, 1000)
	if err != nil || s.Lookups != nil || s.Memory != nil || !strings.Contains(s.NoKeyMemory, "NOPERM") {
		t.Fatalf("%+v, %v", s, err)
	}
	if p := byName(s)["cache:user"]; p == nil || p.Keys != 1 || p.Memory != nil {
		t.Errorf("%+v", p)
	}
}

func TestTheEmbeddedServerCountsNoLookups(t *testing.T) {
	m := miniredis.RunT(t)
	s, err := keyspace.Collect(t.Context(), client(t, "redis://"+m.Addr(), 3), 0)
	if err != nil || s.Lookups != nil || s.Memory != nil {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestSample(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb *redis.Client) {
		fill(t, rdb, "cache:user:", 800, 100)
		fill(t, rdb, "session:", 400, 2000)
		s, err := keyspace.Collect(t.Context(), rdb, 600)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Estimated || s.Sampled != 600 || s.Keys != 1200 {
			t.Errorf("sampled %d of %d, estimated: %v", s.Sampled, s.Keys, s.Estimated)
		}
		near(t, s, map[string]float64{"cache:user": 800, "session": 400})
		all, err := keyspace.Collect(t.Context(), rdb, 1200)
		if err != nil || all.Estimated || all.Sampled != 1200 || byName(all)["session"].Keys != 400 {
			t.Errorf("all: %+v, %v", all, err)
		}
		exact, guess := *byName(all)["session"].Memory, *byName(s)["session"].Memory
		if math.Abs(float64(guess)/float64(exact)-1) > 0.2 {
			t.Errorf("the memory is estimated at %d bytes and is %d", guess, exact)
		}
	})
}

// near wants estimates within 20 %, which is more than four standard deviations
// of the samples taken here.
func near(t *testing.T, s keyspace.Stats, want map[string]float64) {
	t.Helper()
	for prefix, keys := range want {
		if p := byName(s)[prefix]; p == nil || math.Abs(float64(p.Keys)/keys-1) > 0.2 {
			t.Errorf("%+v for %s, want about %v keys", p, prefix, keys)
		}
	}
}

func TestCluster(t *testing.T) {
	cluster := redistest.Cluster(t)
	rdb := cluster.Client()
	fill(t, rdb, "cache:user:", 6000, 100)
	fill(t, rdb, "{one-node}:", 3000, 100)
	for range 3 {
		rdb.Get(t.Context(), "cache:user:1")
		rdb.Get(t.Context(), "cache:user:2")
		rdb.Get(t.Context(), "none")
	}
	s, err := keyspace.Collect(t.Context(), rdb, 0)
	if err != nil || s.Masters != 3 || s.Keys != 9000 || s.Sampled != 9000 || s.Estimated {
		t.Fatalf("%+v, %v", s, err)
	}
	if s.Lookups.Hits != 6 || s.Lookups.Misses != 3 {
		t.Errorf("%+v", s.Lookups)
	}
	if p := byName(s); p["cache:user"].Keys != 6000 || p["{one-node}"].Keys != 3000 {
		t.Errorf("%+v", p)
	}
	s, err = keyspace.Collect(t.Context(), rdb, 900)
	if err != nil || s.Sampled > 900 || s.Sampled < 890 || !s.Estimated {
		t.Fatalf("%+v, %v", s, err)
	}
	near(t, s, map[string]float64{"cache:user": 6000, "{one-node}": 3000})
}

func TestCollectEndsWithItsContext(t *testing.T) {
	rdb := client(t, redistest.Start(t).URL(), 3)
	fill(t, rdb, "k:", 3000, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := keyspace.Collect(ctx, rdb, 0); err == nil {
		t.Error("no error")
	}
}
