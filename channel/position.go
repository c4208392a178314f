package channel

import (
	"errors"
	"strconv"
	"strings"
)

// place is a position that has been read. Its text is the id of an entry in a stream of
// Redis: the time in milliseconds, and a number. The number of the first message of a
// millisecond is random. So two servers that each went on from the same message, as
// after a failover to a replica that had not got the last ones, do not give the same
// position to different messages.
type place struct{ ms, seq uint64 }

// maxPart is the largest part of a position: the scripts count with floating point.
const maxPart = 1 << 53

var errPosition = errors.New("it is not a position")

// parsePlace reads a position. It accepts only the text that String returns, because
// positions are compared as text.
func parsePlace(position string) (place, error) {
	ms, seq, _ := strings.Cut(position, "-")
	var p place
	var err error
	if p.ms, err = parsePart(ms); err != nil {
		return place{}, err
	}
	if p.seq, err = parsePart(seq); err != nil {
		return place{}, err
	}
	return p, nil
}

func parsePart(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > maxPart || len(text) > 1 && text[0] == '0' {
		return 0, errPosition
	}
	return n, nil
}

// String returns the position.
func (p place) String() string {
	return strconv.FormatUint(p.ms, 10) + "-" + strconv.FormatUint(p.seq, 10)
}

// next returns the first position after p.
func (p place) next() place { return place{p.ms, p.seq + 1} }

// isAfter reports whether position a comes after b in the same history. What is not a
// position comes before all others.
func isAfter(a, b string) bool {
	if a == b {
		return false
	}
	p, err := parsePlace(a)
	if err != nil {
		return false
	}
	q, err := parsePlace(b)
	if err != nil {
		return true
	}
	return p.ms > q.ms || p.ms == q.ms && p.seq > q.seq
}
