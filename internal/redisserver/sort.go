package redisserver

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// sorting is what SORT is asked for.
type sorting struct {
	by          string // "" for the elements themselves
	get         []string
	store       string
	first, many int
	desc, alpha bool
}

// sorted is SORT or SORT_RO.
func sorted(s *session, args []string) resp.Value {
	o, err := parseSorting(args)
	if err.IsError() {
		return err
	}
	elements, err := elementsOf(s, args[1])
	if err.IsError() {
		return err
	}
	if o.by == "" || strings.Contains(o.by, "*") {
		if err := orderElements(s, elements, o); err.IsError() {
			return err
		}
	}
	first := min(max(o.first, 0), len(elements))
	elements = elements[first:]
	if o.many >= 0 {
		elements = elements[:min(o.many, len(elements))]
	}
	reply := resp.List()
	for _, e := range elements {
		for _, pattern := range o.get {
			reply.Items = append(reply.Items, related(s, pattern, e))
		}
	}
	if o.store == "" {
		return reply
	}
	s.value("DEL", o.store)
	if len(reply.Items) == 0 {
		return resp.Count(0)
	}
	return s.value(append([]string{"RPUSH", o.store}, reply.Texts()...)...)
}

func parseSorting(args []string) (sorting, resp.Value) {
	o := sorting{many: -1}
	fail := resp.Err("ERR syntax error")
	for i := 2; i < len(args); i++ {
		left := len(args) - i - 1
		switch option := fold(args[i]); {
		case option == "asc":
			o.desc = false
		case option == "desc":
			o.desc = true
		case option == "alpha":
			o.alpha = true
		case option == "limit" && left >= 2:
			var err, err2 error
			o.first, err = strconv.Atoi(args[i+1])
			if o.many, err2 = strconv.Atoi(args[i+2]); err != nil || err2 != nil {
				return o, resp.Err("ERR value is not an integer or out of range")
			}
			i += 2
		case option == "by" && left >= 1:
			i++
			o.by = args[i]
		case option == "get" && left >= 1:
			i++
			o.get = append(o.get, args[i])
		case option == "store" && left >= 1 && args[0] == "sort":
			i++
			o.store = args[i]
		default:
			return o, fail
		}
	}
	if len(o.get) == 0 {
		o.get = []string{"#"}
	}
	return o, resp.Value{}
}

// elementsOf returns what is in a list, a set or a sorted set.
func elementsOf(s *session, key string) ([]string, resp.Value) {
	read := map[string][]string{
		"none": {"LRANGE", key, "0", "-1"}, "list": {"LRANGE", key, "0", "-1"}, "set": {"SMEMBERS", key}, "zset": {"ZRANGE", key, "0", "-1"},
	}[s.value("TYPE", key).Text]
	if read == nil {
		return nil, resp.Err("WRONGTYPE Operation against a key holding the wrong kind of value")
	}
	return s.value(read...).Texts(), resp.Value{}
}

// related returns the value that a pattern names for an element: the element
// itself for #, or what is at the key, or in the field of a hash after ->.
func related(s *session, pattern, element string) resp.Value {
	if pattern == "#" {
		return resp.Of(element)
	}
	if !strings.Contains(pattern, "*") {
		return resp.Nil()
	}
	star := strings.Index(pattern, "*")
	key, field, hash := strings.Cut(pattern[star+1:], "->")
	if key = pattern[:star] + element + key; hash && field != "" {
		return valueOrNil(s, "HGET", key, field)
	}
	return valueOrNil(s, "GET", key)
}

// valueOrNil is the reply of a command, where an error counts as nothing.
func valueOrNil(s *session, args ...string) resp.Value {
	if reply := s.value(args...); !reply.IsError() {
		return reply
	}
	return resp.Nil()
}

// orderElements sorts elements by their weights, and by themselves where these are equal.
func orderElements(s *session, elements []string, o sorting) resp.Value {
	texts, numbers := map[string]string{}, map[string]float64{}
	for _, e := range elements {
		texts[e] = e
		if o.by != "" {
			texts[e] = related(s, o.by, e).Text
		}
		if o.alpha || texts[e] == "" {
			continue
		}
		n, err := strconv.ParseFloat(texts[e], 64)
		if err != nil {
			return resp.Err("ERR One or more scores can't be converted into double")
		}
		numbers[e] = n
	}
	slices.SortStableFunc(elements, func(a, b string) int {
		n := cmp.Compare(numbers[a], numbers[b])
		if o.alpha {
			n = strings.Compare(texts[a], texts[b])
		}
		if n == 0 {
			n = strings.Compare(a, b)
		}
		if o.desc {
			return -n
		}
		return n
	})
	return resp.Value{}
}
