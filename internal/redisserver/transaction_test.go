package redisserver_test

import "testing"

// Watched keys: an expired or flushed one counts as changed.
func TestWatch(t *testing.T) {
	s := start(t)
	w, other := dial(t, s.Addr()), dial(t, s.Addr())
	for name, c := range map[string]struct {
		change []string
		want   string
	}{
		"unchanged": {[]string{"SET", "another", "v"}, "[PONG]"},
		"set":       {[]string{"SET", "k", "w"}, "nil"},
		"deleted":   {[]string{"DEL", "k"}, "nil"},
		"flushed":   {[]string{"FLUSHALL"}, "nil"},
		"swapped":   {[]string{"SWAPDB", "0", "1"}, "nil"},
	} {
		w.do("FLUSHALL")
		w.do("SET", "k", "v")
		w.want("OK", "WATCH", "k")
		w.want(`"v"`, "GET", "k")
		other.do(c.change...)
		w.want("OK", "MULTI")
		w.want("QUEUED", "PING")
		if got := show(w.do("EXEC")); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestTransactions(t *testing.T) {
	w := dial(t, start(t).Addr())
	w.want("(ERR EXEC without MULTI)", "EXEC")
	w.want("OK", "MULTI")
	w.want("(ERR wrong number of arguments for 'get' command)", "GET")
	w.want("QUEUED", "SET", "k", "v")
	w.want("(EXECABORT Transaction discarded because of previous errors.)", "EXEC")
	w.want("nil", "GET", "k")
	w.want("OK", "MULTI")
	w.want("QUEUED", "SET", "k", "v", "EX", "10")
	w.want("QUEUED", "INCR", "k")
	w.want("QUEUED", "BLPOP", "nothing", "0")
	w.want("QUEUED", "TTL", "k")
	w.want("[OK (ERR value is not an integer or out of range) nil 10]", "EXEC")
}
