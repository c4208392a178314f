package keyspace

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// text is an element of a reply, usually a string.
func text(element any) string {
	if s, ok := element.(string); ok {
		return s
	}
	return fmt.Sprint(element)
}

// scanned returns the elements of the reply to a SCAN command, which follow its cursor.
func scanned(reply []any) []any {
	if len(reply) < 2 {
		return nil
	}
	found, _ := reply[1].([]any)
	return found
}

func showList(reply []any) (any, int) { return reply, len(reply) }

func showSet(reply []any) (any, int) {
	members := []string{}
	for _, member := range scanned(reply) {
		members = append(members, text(member))
	}
	slices.Sort(members)
	return members, len(members)
}

func showHash(reply []any) (any, int) {
	fields := pairs(scanned(reply))
	return fields, len(fields)
}

// pairs are names with their values, in turn.
func pairs(flat []any) map[string]string {
	fields := map[string]string{}
	for pair := range slices.Chunk(flat, 2) {
		if len(pair) == 2 {
			fields[text(pair[0])] = text(pair[1])
		}
	}
	return fields
}

// scored is an element of a sorted set.
type scored struct {
	Member string `json:"member"`
	Score  any    `json:"score"`
}

// showSortedSet takes the pairs of RESP3, and RESP2's list of members that are
// each followed by their score.
func showSortedSet(reply []any) (any, int) {
	members := []scored{}
	for len(reply) > 0 {
		pair, ok := reply[0].([]any)
		used := 1
		if !ok {
			used = min(2, len(reply))
			pair = reply[:used]
		}
		if reply = reply[used:]; len(pair) == 2 {
			members = append(members, scored{text(pair[0]), score(pair[1])})
		}
	}
	return members, len(members)
}

// score is a number, which is text in RESP2, or a text for a number that JSON lacks.
func score(of any) any {
	s := text(of)
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return strings.ToLower(strings.TrimPrefix(s, "+"))
	}
	return f
}

// entry is a message of a stream.
type entry struct {
	ID     string            `json:"id"`
	Values map[string]string `json:"values"`
}

func showStream(reply []any) (any, int) {
	entries := []entry{}
	for _, one := range reply {
		if message, ok := one.([]any); ok && len(message) == 2 {
			values, _ := message[1].([]any)
			entries = append(entries, entry{text(message[0]), pairs(values)})
		}
	}
	return entries, len(entries)
}
