package redisserver_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"
)

func TestDeadlines(t *testing.T) {
	w := dial(t, start(t).Addr())
	at := strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)
	w.want("OK", "SET", "k", "v", "PXAT", at)
	for name, request := range map[string][]string{
		"INCR-like":        {"APPEND", "k", "x"},
		"KEEPTTL":          {"SET", "k", "v", "KEEPTTL"},
		"GT":               {"EXPIRE", "k", "10", "GT"},
		"LT":               {"EXPIRE", "k", "10000", "LT"},
		"NX":               {"PEXPIRE", "k", "5", "NX"},
		"failed":           {"SET", "k", "v", "NX", "EX", "1"},
		"two times":        {"SET", "k", "v", "EX", "1", "PX", "1"},
		"time and keeping": {"SET", "k", "v", "EX", "1", "KEEPTTL"},
		"zero":             {"SET", "k", "v", "EX", "0"},
		"too far":          {"EXPIRE", "k", "9223372036854775807"},
		"GETEX":            {"GETEX", "k"},
	} {
		w.do(request...)
		if got := show(w.do("PEXPIRETIME", "k")); got != at {
			t.Errorf("%s: the deadline is %s, want %s", name, got, at)
		}
	}
	w.want("OK", "RENAME", "k", "renamed")
	w.want(at, "PEXPIRETIME", "renamed")
	w.want("1", "COPY", "renamed", "copy", "DB", "1")
	w.want("1", "MOVE", "renamed", "2")
	w.want("OK", "SWAPDB", "1", "3")
	w.want("OK", "SELECT", "3")
	w.want(at, "PEXPIRETIME", "copy")
	w.want("3600", "TTL", "copy")
	w.want("1", "PERSIST", "copy")
	w.want("-1", "TTL", "copy")
	w.want("-2", "PTTL", "nothing")
}

// Each of these gives a key a deadline that is over at once.
func TestKeysGo(t *testing.T) {
	w := dial(t, start(t).Addr())
	for _, request := range [][]string{
		{"EXPIRE", "k", "-1"}, {"EXPIREAT", "k", "1"}, {"PEXPIREAT", "k", "-5"}, {"SET", "k", "v", "PXAT", "1"}, {"GETEX", "k", "EXAT", "1"},
		{"RESTORE", "k", "1", "v", "REPLACE", "ABSTTL"},
	} {
		w.do("SET", "k", "v")
		w.do(request...)
		if got := show(w.do("EXISTS", "k")); got != "0" {
			t.Errorf("%q: the key is there", request)
		}
		w.want("0", "DBSIZE")
	}
	w.do("SET", "k", "v", "PX", "1")
	w.do("RENAME", "k", "l")
	w.do("COPY", "l", "m")
	w.do("SET", "stays", "v", "PX", "1")
	w.do("SET", "stays", "v")
	w.do("HSET", "h", "f", "1", "g", "2")
	w.want("[1]", "HEXPIRE", "h", "0", "FIELDS", "1", "f")
	until(t, func() bool { return show(w.do("KEYS", "*")) == `["h" "stays"]` })
	until(t, func() bool { return show(w.do("HGETALL", "h")) == `["g" "2"]` })
}

// BenchmarkSet shows what the number of keys costs a write with a TTL.
func BenchmarkSet(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n, " keys"), func(b *testing.B) {
			w := dial(b, start(b).Addr())
			for i := range n {
				w.do("SET", fmt.Sprint("k:", i), "v", "EX", "3600")
			}
			i := 0
			for b.Loop() {
				w.do("SET", fmt.Sprint("k:", i%n), "v", "EX", "3600")
				i += 7919
			}
		})
	}
}
