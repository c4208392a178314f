package redisserver_test

import (
	"strings"
	"testing"
)

// hostile are requests that end a process with miniredis in it, take gigabytes,
// or never return.
var hostile = [][]string{
	{"KEYS", "[z-a]*"}, {"KEYS", "\xff*"}, {"KEYS", "x[^]"}, {"KEYS", `a\`}, {"KEYS", "[["}, {"KEYS", `\Qa\E[`},
	{"SCAN", "0", "MATCH", "[z-a]*"}, {"HSCAN", "hash", "0", "MATCH", "[z-a]"}, {"SSCAN", "set", "0", "MATCH", "[z-a]"}, {"ZSCAN", "zset", "0", "MATCH", "[z-a]"},
	{"SCAN", "-1"}, {"SCAN", "0", "COUNT", "9223372036854775807"}, {"PUBSUB", "CHANNELS", "[z-a]*"}, {"CONFIG", "GET", "[z-a]*"},
	{"SETRANGE", "s", "9223372036854775807", "x"}, {"SETRANGE", "s", "536870911", "x"}, {"SETRANGE", "s", "-1", "x"},
	{"SETBIT", "s", "9223372036854775807", "1"}, {"SETBIT", "s", "4294967295", "1"}, {"GETBIT", "s", "9223372036854775807"},
	{"BITFIELD", "s", "SET", "u8", "9223372036854775807", "1"}, {"BITFIELD", "s", "GET", "i64", "#9223372036854775807"},
	{"LPOP", "list", "9223372036854775807"}, {"LPOP", "list", "-1"}, {"SPOP", "set", "9223372036854775807"}, {"SPOP", "set", "-9223372036854775808"},
	{"LPOS", "list", "a", "COUNT", "9223372036854775807"}, {"LPOS", "list", "a", "RANK", "-9223372036854775808"}, {"LPOS", "list", "a", "MAXLEN", "9223372036854775807"},
	{"SRANDMEMBER", "set", "-9223372036854775808"}, {"SRANDMEMBER", "set", "9223372036854775807"}, {"HRANDFIELD", "hash", "-9223372036854775808", "WITHVALUES"},
	{"ZRANDMEMBER", "zset", "-9223372036854775808"}, {"ZRANDMEMBER", "nothing", "5"}, {"HRANDFIELD", "hash", "9223372036854775807"},
	{"LRANGE", "list", "-9223372036854775808", "9223372036854775807"}, {"LTRIM", "list", "9223372036854775807", "-9223372036854775808"},
	{"GETRANGE", "s", "-9223372036854775808", "9223372036854775807"}, {"LINDEX", "list", "-9223372036854775808"}, {"LSET", "list", "-9223372036854775808", "x"},
	{"LREM", "list", "-9223372036854775808", "a"}, {"ZRANGE", "zset", "-9223372036854775808", "9223372036854775807"},
	{"ZRANGE", "zset", "0", "100", "BYSCORE", "LIMIT", "-9223372036854775808", "9223372036854775807"}, {"ZRANGEBYSCORE", "zset", "(", "("}, {"ZRANGEBYLEX", "zset", "", ""},
	{"ZADD", "zset", "nan", "m"}, {"ZADD", "zset", "1"}, {"ZINTERSTORE", "d", "9223372036854775807", "zset"}, {"ZUNION", "-1", "zset"}, {"SINTERCARD", "0"}, {"SINTERCARD", "9223372036854775807", "set"},
	{"BLPOP", "list", "nan"}, {"BLPOP", "nothing", "-1"}, {"BLPOP", "nothing", "1e400"}, {"BITCOUNT", "s", "-9223372036854775808", "9223372036854775807"}, {"BITPOS", "s", "7"}, {"BITOP", "NOT", "d"},
	{"INCRBY", "n", "-9223372036854775808"}, {"DECRBY", "n", "-9223372036854775808"}, {"INCRBYFLOAT", "n", "1e308"}, {"INCRBYFLOAT", "n", "nan"}, {"INCRBYFLOAT", "n", "inf"}, {"HINCRBYFLOAT", "hash", "f", "-inf"},
	{"EXPIRE", "s", "9223372036854775807"}, {"EXPIRE", "s", "-9223372036854775808"}, {"PEXPIREAT", "s", "-9223372036854775808"}, {"SET", "s", "v", "EX", "9223372036854775807"}, {"SET", "s", "v", "PXAT", "9223372036854775807"}, {"GETEX", "s", "EX"},
	{"XADD", "stream", "MAXLEN", "-1", "*", "a", "b"}, {"XADD", "stream", "9223372036854775807-9223372036854775807", "a", "b"}, {"XADD", "stream", "18446744073709551615-18446744073709551615", "a", "b"}, {"XADD", "stream", "*", "a"},
	{"XRANGE", "stream", "-", "+", "COUNT", "-9223372036854775808"}, {"XREAD", "COUNT", "-1", "STREAMS", "stream"}, {"XREAD", "STREAMS"}, {"XREAD", "BLOCK"}, {"XREADGROUP", "GROUP"}, {"XINFO", "STREAM"}, {"XINFO", "STREAM", "nothing", "FULL"},
	{"XAUTOCLAIM", "stream", "g", "c", "0", "0", "COUNT", "-9223372036854775808"}, {"XCLAIM", "stream", "g", "c", "-1", "0-0"}, {"XPENDING", "stream", "g", "-", "+", "-1"}, {"XTRIM", "stream", "MAXLEN", "~"},
	{"GEOADD", "geo", "nan", "nan", "m"}, {"GEOSEARCH", "geo", "FROMLONLAT", "0", "0", "BYRADIUS", "-1", "m"}, {"GEORADIUS", "geo", "0", "0", "nan", "m", "COUNT", "-9223372036854775808"}, {"GEODIST", "geo"},
	{"SELECT", "9223372036854775807"}, {"SELECT", "-1"}, {"MOVE", "s", "-5"}, {"SWAPDB", "-1", "0"}, {"COPY", "s", "d", "DB", "-1"}, {"RESTORE", "d", "-1", "x"}, {"OBJECT"}, {"OBJECT", "ENCODING"}, {"MEMORY", "USAGE"}, {"CLIENT"}, {"SCRIPT"},
	{"SHUTDOWN", "NOSAVE"}, {"DEBUG", "SEGFAULT"}, {""}, {"\xff"}, {"EVAL", "return 1", "9223372036854775807"}, {"EVAL", "return 1", "-1"}, {"EVALSHA", "", "0"}, {"CLUSTER", "SLOTS"}, {"HELLO", "9223372036854775807"},
	{"SORT", "list", "LIMIT", "-9223372036854775808", "9223372036854775807"}, {"LCS", "s", "s", "MINMATCHLEN", "-1"}, {"PFADD", "s", "a"}, {"PFMERGE", "hll", "hll"},
}

func TestHostileRequests(t *testing.T) {
	s := start(t)
	w := dial(t, s.Addr())
	other := dial(t, s.Addr())
	for _, request := range hostile {
		w.do("FLUSHALL")
		w.do("SET", "s", "text")
		w.do("RPUSH", "list", "a", "b", "a")
		w.do("SADD", "set", "a", "b")
		w.do("HSET", "hash", "f", "1")
		w.do("ZADD", "zset", "1", "a", "2", "b")
		w.do("XADD", "stream", "1-1", "a", "b")
		w.do("XGROUP", "CREATE", "stream", "g", "0")
		reply := w.do(request...)
		if reply.IsError() && strings.Contains(reply.Text, "the embedded Redis failed") {
			t.Logf("%q: %s", request, reply.Text)
		}
		w.do("SELECT", "0")
		other.want("PONG", "PING")
		w.want("[1]", "EVAL", `return {redis.call("SETNX", "after", "x")}`, "0")
	}
}

// A pattern that panics in miniredis does so in every command that takes one.
func TestPatterns(t *testing.T) {
	w := dial(t, start(t).Addr())
	w.do("MSET", "a\xff", "1", "b", "2", "x]", "3", "c\n", "4")
	w.want(`["a\xff"]`, "KEYS", "?\xff")
	w.want(`["b"]`, "KEYS", "[c-b]")
	w.want(`["b" "c\n"]`, "KEYS", "[c-b]*")
	w.want(`["x]"]`, "KEYS", "x[^]")
	w.want(`["0" ["a\xff"]]`, "SCAN", "0", "MATCH", "a*", "COUNT", "5")
	w.do("HSET", "h", "one", "1", "two", "2")
	w.want(`["0" ["two" "2"]]`, "HSCAN", "h", "0", "MATCH", "t[z-a]o")
	w.do("ZADD", "z", "1", "one", "2", "two")
	w.want(`["0" ["one" "1"]]`, "ZSCAN", "z", "0", "MATCH", "o*")
}
