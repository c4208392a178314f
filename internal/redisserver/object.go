package redisserver

import (
	"math"
	"slices"
	"strconv"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// encodings are how Redis holds small values of a type.
var encodings = map[string]string{
	"hash": "listpack", "list": "quicklist", "set": "hashtable", "zset": "listpack", "stream": "stream", "hll": "raw",
}

func object(s *session, args []string) resp.Value {
	sub := fold(args[1])
	if sub == "help" {
		return help("OBJECT")
	}
	kind := s.value("TYPE", args[2]).Text
	if kind == "none" {
		return resp.Nil()
	}
	switch sub {
	case "encoding":
		return resp.Of(encodingOf(s, kind, args[2]))
	case "refcount":
		return resp.Count(1)
	case "freq":
		return resp.Err("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
	}
	return s.pass(args...)
}

// encodingOf returns how Redis would hold a small value.
func encodingOf(s *session, kind, key string) string {
	switch kind {
	case "string":
		value := s.value("GET", key).Text
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && strconv.FormatInt(n, 10) == value {
			return "int"
		}
		if len(value) > 44 {
			return "raw"
		}
		return "embstr"
	case "set":
		isInt := func(m string) bool { _, err := strconv.ParseInt(m, 10, 64); return err == nil }
		if members := s.value("SMEMBERS", key).Texts(); len(members) <= 512 && !slices.ContainsFunc(members, func(m string) bool { return !isInt(m) }) {
			return "intset"
		}
	}
	return encodings[kind]
}

// typeOf is TYPE. A HyperLogLog is a string in Redis.
func typeOf(s *session, args []string) resp.Value {
	reply := s.value(args...)
	if reply.Text == "hll" {
		reply.Text = "string"
	}
	return reply
}

// incrementField is HINCRBY, which overflows in miniredis.
func incrementField(s *session, args []string) resp.Value {
	by, err := strconv.ParseInt(args[3], 10, 64)
	if err != nil {
		return resp.Err("ERR value is not an integer or out of range")
	}
	old := s.value("HGET", args[1], args[2])
	if old.Kind == resp.Bulk {
		n, err := strconv.ParseInt(old.Text, 10, 64)
		switch {
		case err != nil:
			return resp.Err("ERR hash value is not an integer")
		case by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by:
			return resp.Err("ERR increment or decrement would overflow")
		}
	}
	return s.pass(args...)
}

// decrement is DECRBY. The least integer has no opposite.
func decrement(s *session, args []string) resp.Value {
	if args[2] == strconv.Itoa(math.MinInt64) {
		return resp.Err("ERR decrement would overflow")
	}
	return s.pass(args...)
}

// substring is SUBSTR, the old name of GETRANGE.
func substring(s *session, args []string) resp.Value {
	return s.pass("GETRANGE", args[1], args[2], args[3])
}

// noCluster answers what is for clusters only.
func noCluster(*session, []string) resp.Value {
	return resp.Err("ERR This instance has cluster support disabled")
}
