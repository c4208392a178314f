package redisserver_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/redisserver/command"
)

// words are what arguments are made of: keys of every type, numbers at the edges
// of their types, options.
var words = strings.Fields(`s n list set zset hash stream geo hll nothing 0 1 -1 2 7 100 -100 9223372036854775807
-9223372036854775808 9223372036854775808 1e308 -inf nan 0.5 ( [ [a (1 - + * ? [z-a] x[^] \ $ > 1-1 0-0 5-* = ~ # u8 i64 u64 #1
MATCH COUNT LIMIT WITHSCORES WITHVALUES BYSCORE BYLEX REV GET SET NX XX GT LT EX PX EXAT PXAT KEEPTTL PERSIST BLOCK STREAMS GROUP
MAXLEN MINID NOACK MKSTREAM ENTRIESREAD IDLE FULL CREATE DESTROY SETID CONSUMERS GROUPS STREAM BEFORE AFTER LEFT RIGHT MIN MAX
AND OR XOR NOT BIT BYTE FROMMEMBER FROMLONLAT BYRADIUS BYBOX m km ASC DESC ANY WITHCOORD STORE STOREDIST WEIGHTS AGGREGATE SUM
RANK FIELDS DB REPLACE ABSTTL TYPE string ALPHA BY INCR CH a b c g`)

// dangerous are the commands that end the connection, change how it answers, or
// make the fuzzer wait.
var dangerous = []string{"quit", "shutdown", "subscribe", "psubscribe", "ssubscribe", "hello", "client", "reset",
	"unsubscribe", "punsubscribe", "sunsubscribe", "multi", "exec", "discard", "monitor",
}

// requests returns random requests, which are always the same for a seed.
func requests(seed uint64, n int) [][]string {
	r := rand.New(rand.NewPCG(seed, 0))
	names := slices.DeleteFunc(slices.Clone(command.Names()), func(name string) bool { return slices.Contains(dangerous, name) })
	all := make([][]string, n)
	for i := range all {
		name := names[r.IntN(len(names))]
		c := command.Find(name)
		size := max(c.Arity, -c.Arity)
		if c.Arity < 0 {
			size += r.IntN(6)
		}
		args := []string{name}
		for len(args) < size {
			args = append(args, words[r.IntN(len(words))])
		}
		if len(c.Subs) > 0 && len(args) > 1 {
			_, args[1], _ = strings.Cut(c.Subs[r.IntN(len(c.Subs))].Name, "|")
		}
		if c.Has("blocking") {
			for i := range args { // no wait without end
				if args[i] == "0" {
					args[i] = "1"
				}
			}
		}
		all[i] = args
	}
	return all
}

// FuzzRequests sends random requests, inside and outside of transactions and
// scripts. After each the server answers.
func FuzzRequests(f *testing.F) {
	for seed := range uint64(6) {
		f.Add(seed)
	}
	s := start(f)
	f.Fuzz(func(t *testing.T, seed uint64) {
		w, other := dial(t, s.Addr()), dial(t, s.Addr())
		w.do("FLUSHALL")
		for _, request := range [][]string{
			{"SET", "s", "text"}, {"SET", "n", "5"}, {"RPUSH", "list", "a", "b", "c", "a"}, {"SADD", "set", "a", "b", "1"}, {"ZADD", "zset", "1", "a", "2", "b", "2", "c"},
			{"HSET", "hash", "a", "1", "b", "x"}, {"XADD", "stream", "1-1", "a", "b"}, {"XADD", "stream", "2-1", "a", "b"}, {"XGROUP", "CREATE", "stream", "g", "0"},
			{"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "stream", ">"}, {"GEOADD", "geo", "13.4", "52.5", "a"}, {"PFADD", "hll", "a"},
		} {
			w.do(request...)
		}
		for i, request := range requests(seed, 100) {
			c := command.Find(request[0])
			switch {
			case c.Has("blocking") || request[0] == "xread" || request[0] == "xreadgroup":
				w.do("MULTI")
				w.do(request...)
				w.do("EXEC")
			case i%5 == 0:
				w.do(append([]string{"EVAL", "return redis.pcall(unpack(ARGV))", "0"}, request...)...)
			default:
				if reply := w.do(request...); reply.IsError() && strings.Contains(reply.Text, "the embedded Redis failed") {
					t.Logf("%q: %s", request, reply.Text)
				}
			}
			w.do("SELECT", "0")
			if got := show(other.do("PING")); got != "PONG" {
				t.Fatalf("%q: then PING is answered with %s", request, got)
			}
			if got := w.do("EVAL", `return redis.call("EXISTS", "s")`, "0"); got.IsError() {
				t.Fatalf("%q: then EXISTS is answered with %s", request, show(got))
			}
		}
	})
}
