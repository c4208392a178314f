package redisserver_test

import (
	"strconv"
	"strings"
	"testing"
)

func TestBlocking(t *testing.T) {
	s := start(t)
	first, second, w := dial(t, s.Addr()), dial(t, s.Addr()), dial(t, s.Addr())
	blocked := func(n int) {
		t.Helper()
		until(t, func() bool { return waiting(w) == n })
	}
	first.request("BLPOP", "a", "list", "0")
	blocked(1)
	second.request("BLMOVE", "list", "other", "LEFT", "RIGHT", "0")
	blocked(2)
	w.want("3", "RPUSH", "list", "1", "2", "3")
	for c, want := range map[*wire]string{first: `["list" "1"]`, second: `"2"`} {
		if got := show(c.receive()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	first.request("XREAD", "BLOCK", "0", "STREAMS", "stream", "$")
	blocked(1)
	w.do("XADD", "stream", "5-1", "f", "v")
	if got := show(first.receive()); got != `[["stream" [["5-1" ["f" "v"]]]]]` {
		t.Errorf("XREAD got %s", got)
	}
	first.request("BZPOPMIN", "zset", "0")
	blocked(1)
	w.do("EVAL", `return redis.call("ZADD", "zset", 2, "two", 1, "one")`, "0")
	if got := show(first.receive()); got != `["zset" "one" "1"]` {
		t.Errorf("BZPOPMIN got %s", got)
	}
	first.want("nil", "BLPOP", "nothing", "0.01")
	first.request("BLPOP", "gone", "0")
	blocked(1)
	first.conn.Close()
	blocked(0)
	w.do("RPUSH", "gone", "1")
	w.want("1", "LLEN", "gone")
}

// waiting returns the number of clients that wait.
func waiting(w *wire) int {
	_, rest, _ := strings.Cut(w.do("INFO", "clients").Text, "blocked_clients:")
	n, _ := strconv.Atoi(strings.TrimSpace(rest))
	return n
}
