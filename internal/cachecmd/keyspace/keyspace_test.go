package keyspace_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/internal/cachecmd/keyspace"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client returns a client that speaks a version of the protocol.
func client(t *testing.T, url string, protocol int) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.Protocol, o.ContextTimeoutEnabled = protocol, true
	rdb := redis.NewClient(o)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// everywhere runs a test on the embedded and a real Redis, over RESP2 and RESP3.
func everywhere(t *testing.T, test func(t *testing.T, rdb *redis.Client)) {
	redistest.Each(t, func(t *testing.T, url string) {
		for _, protocol := range []int{2, 3} {
			t.Run(fmt.Sprint("RESP", protocol), func(t *testing.T) {
				rdb := client(t, url, protocol)
				defer rdb.FlushAll(t.Context())
				test(t, rdb)
			})
		}
	})
}

// do sends commands that must succeed.
func do(t *testing.T, rdb redis.UniversalClient, commands ...[]any) {
	t.Helper()
	for _, c := range commands {
		if err := rdb.Do(t.Context(), c...).Err(); err != nil {
			t.Fatalf("%v: %v", c, err)
		}
	}
}

func TestReadEveryType(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb *redis.Client) {
		do(t, rdb,
			[]any{"SET", "string", "a\x00b"},
			[]any{"SET", "empty", ""},
			[]any{"HSET", "hash", "b", "2", "a", "1"},
			[]any{"RPUSH", "list", "z", "a"},
			[]any{"SADD", "set", "b", "a"},
			[]any{"ZADD", "zset", "-inf", "low", "1", "one", "1.5", "more", "+inf", "high"},
			[]any{"XADD", "stream", "1-1", "k", "v"},
			[]any{"XADD", "drained", "1-1", "k", "v"}, []any{"XDEL", "drained", "1-1"},
		)
		for key, want := range map[string]string{
			"hash":    `{"a":"1","b":"2"}`,
			"list":    `["z","a"]`,
			"set":     `["a","b"]`,
			"zset":    `[{"member":"low","score":"-inf"},{"member":"one","score":1},{"member":"more","score":1.5},{"member":"high","score":"inf"}]`,
			"stream":  `[{"id":"1-1","values":{"k":"v"}}]`,
			"drained": `[]`,
		} {
			v, err := keyspace.Read(t.Context(), rdb, key)
			if err != nil {
				t.Errorf("%s: %v", key, err)
				continue
			}
			got, err := json.Marshal(v.Elements)
			if err != nil || string(got) != want {
				t.Errorf("%s: %s, %v, want %s", key, got, err, want)
			}
			if int64(v.Shown) != v.Length {
				t.Errorf("%s: %d shown of %d", key, v.Shown, v.Length)
			}
		}
		for key, want := range map[string]string{"string": "a\x00b", "empty": ""} {
			if v, err := keyspace.Read(t.Context(), rdb, key); err != nil || v.Type != "string" || v.Text != want {
				t.Errorf("%s: %+v, %v", key, v, err)
			}
		}
		if _, err := keyspace.Read(t.Context(), rdb, "none"); !errors.Is(err, keyspace.ErrNoKey) {
			t.Errorf("a key that is not there: %v", err)
		}
	})
}

func TestReadOfALargeValueIsBounded(t *testing.T) {
	rdb := client(t, redistest.Start(t).URL(), 3)
	pipe := rdb.Pipeline()
	for i := range 5000 {
		pipe.RPush(t.Context(), "list", i)
		pipe.SAdd(t.Context(), "set", i)
		pipe.HSet(t.Context(), "hash", i, i)
		pipe.ZAdd(t.Context(), "zset", redis.Z{Score: float64(i), Member: i})
		pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: "stream", Values: []any{"i", i}})
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"list", "set", "hash", "zset", "stream"} {
		v, err := keyspace.Read(t.Context(), rdb, key)
		if err != nil || v.Length != 5000 || v.Shown < 900 || v.Shown > 1100 {
			t.Errorf("%s: %d shown of %d, %v", key, v.Shown, v.Length, err)
		}
	}
}

func TestTTL(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb *redis.Client) {
		do(t, rdb, []any{"SET", "minute", "v", "PX", 60_000}, []any{"SET", "always", "v"})
		left, forever, err := keyspace.TTL(t.Context(), rdb, "minute")
		if left <= 50*time.Second || left > time.Minute || forever || err != nil {
			t.Errorf("a minute: %v, %v, %v", left, forever, err)
		}
		if _, forever, err = keyspace.TTL(t.Context(), rdb, "always"); !forever || err != nil {
			t.Errorf("no end: %v, %v", forever, err)
		}
		if _, _, err = keyspace.TTL(t.Context(), rdb, "none"); !errors.Is(err, keyspace.ErrNoKey) {
			t.Errorf("no key: %v", err)
		}
	})
}

func TestExamples(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb *redis.Client) {
		do(t, rdb, []any{"MSET", "a:1", "", "a:2", "", "a:3", "", "a:4", "", "b:1", ""})
		for pattern, want := range map[string]int{"a:*": 3, "b:*": 1, "c:*": 0} {
			if found, err := keyspace.Examples(t.Context(), rdb, pattern, 3); len(found) != want || err != nil {
				t.Errorf("%s: %q, %v", pattern, found, err)
			}
		}
	})
}
