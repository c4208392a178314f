package redisserver

import (
	"slices"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// scored is a member of a sorted set and its score, as Redis writes it.
type scored struct{ member, score string }

// membersOf returns a sorted set in its order. The reply is an error or zero.
func membersOf(s *session, args ...string) ([]scored, resp.Value) {
	version := s.version
	s.speak(2)
	reply := s.value(args...)
	s.speak(version)
	if reply.IsError() {
		return nil, reply
	}
	var all []scored
	for i := 0; i+1 < len(reply.Items); i += 2 {
		all = append(all, scored{reply.Items[i].String(), reply.Items[i+1].String()})
	}
	return all, resp.Value{}
}

// storeSortedSet replaces a key by a sorted set and returns its size.
func storeSortedSet(s *session, key string, all []scored) resp.Value {
	s.value("DEL", key)
	if len(all) == 0 {
		return resp.Count(0)
	}
	add := []string{"ZADD", key}
	for _, m := range all {
		add = append(add, m.score, m.member)
	}
	return s.value(add...)
}

// numbered splits arguments that begin with a number of keys.
func numbered(args []string, command string) (keys, rest []string, err resp.Value) {
	n, failed := strconv.Atoi(args[0])
	switch {
	case failed != nil || n < 1:
		return nil, nil, resp.Err("ERR at least 1 input key is needed for '" + command + "' command")
	case n > len(args)-1:
		return nil, nil, resp.Err("ERR syntax error")
	}
	return args[1 : 1+n], args[1+n:], resp.Value{}
}

// difference is ZDIFF or ZDIFFSTORE.
func difference(s *session, args []string) resp.Value {
	from := 1
	if args[0] == "zdiffstore" {
		from = 2
	}
	keys, options, err := numbered(args[from:], args[0])
	if err.IsError() {
		return err
	}
	withScores := len(options) == 1 && fold(options[0]) == "withscores" && from == 1
	if len(options) > 0 && !withScores {
		return resp.Err("ERR syntax error")
	}
	var left []scored
	for i, key := range keys {
		all, err := membersOf(s, "ZUNION", "1", key, "WITHSCORES")
		if err.IsError() {
			return err
		}
		if i == 0 {
			left = all
			continue
		}
		gone := map[string]bool{}
		for _, m := range all {
			gone[m.member] = true
		}
		left = slices.DeleteFunc(left, func(m scored) bool { return gone[m.member] })
	}
	if from == 2 {
		return storeSortedSet(s, args[1], left)
	}
	return listMembers(s, left, withScores)
}

// listMembers is the reply of members, with their scores if these are wanted.
func listMembers(s *session, all []scored, withScores bool) resp.Value {
	reply := resp.List()
	for _, m := range all {
		switch {
		case !withScores:
			reply.Items = append(reply.Items, resp.Of(m.member))
		case s.version >= 3:
			reply.Items = append(reply.Items, resp.List(resp.Of(m.member), resp.Value{Kind: resp.Double, Text: m.score}))
		default:
			reply.Items = append(reply.Items, resp.Of(m.member), resp.Of(m.score))
		}
	}
	return reply
}

// intersectionSize is ZINTERCARD.
func intersectionSize(s *session, args []string) resp.Value {
	keys, options, err := numbered(args[1:], args[0])
	if err.IsError() {
		return err
	}
	limit := 0
	if len(options) > 0 {
		n, failed := strconv.Atoi(options[len(options)-1])
		switch {
		case len(options) != 2 || fold(options[0]) != "limit":
			return resp.Err("ERR syntax error")
		case failed != nil || n < 0:
			return resp.Err("ERR LIMIT can't be negative")
		}
		limit = n
	}
	reply := s.value(slices.Concat([]string{"ZINTER", strconv.Itoa(len(keys))}, keys)...)
	if reply.IsError() {
		return reply
	}
	n := len(reply.Items)
	if limit > 0 {
		n = min(n, limit)
	}
	return resp.Count(n)
}

// rangeStore is ZRANGESTORE.
func rangeStore(s *session, args []string) resp.Value {
	if slices.ContainsFunc(args[5:], func(a string) bool { return fold(a) == "withscores" }) {
		return resp.Err("ERR syntax error")
	}
	all, err := membersOf(s, append(append([]string{"ZRANGE"}, args[2:]...), "WITHSCORES")...)
	if err.IsError() {
		return err
	}
	return storeSortedSet(s, args[1], all)
}

// increment is ZINCRBY.
func increment(s *session, args []string) resp.Value {
	if strings.Contains(fold(args[2]), "nan") {
		return resp.Err("ERR value is not a valid float")
	}
	return s.pass(args...)
}

// paired is for commands whose members and scores are pairs of version 3.
func paired(s *session, args []string) resp.Value {
	wanted := strings.HasPrefix(args[0], "zpop") && len(args) > 2 || len(args) > 3 && slices.ContainsFunc(args[2:], func(a string) bool {
		return fold(a) == "withscores" || fold(a) == "withvalues"
	})
	run := s.pass
	if args[0] == "zrandmember" || args[0] == "hrandfield" {
		run = func(args ...string) resp.Value { return random(s, args) }
	}
	if s.version < 3 || !wanted {
		return run(args...)
	}
	reply := s.parse(run(args...))
	if reply.IsError() || reply.IsNull() {
		return reply
	}
	pairs := resp.List()
	for i := 0; i+1 < len(reply.Items); i += 2 {
		pairs.Items = append(pairs.Items, resp.List(reply.Items[i], reply.Items[i+1]))
	}
	return pairs
}
