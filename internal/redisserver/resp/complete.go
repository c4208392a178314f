package resp

import (
	"bytes"
	"strconv"
)

// Complete reports whether b is one whole reply and nothing more.
func Complete(b []byte) bool {
	rest, ok := skip(b, maxDepth)
	return ok && len(rest) == 0
}

// skip returns what follows the first reply of b.
func skip(b []byte, depth int) ([]byte, bool) {
	line, rest, ok := bytes.Cut(b, []byte("\r\n"))
	if !ok || len(line) == 0 || depth == 0 {
		return nil, false
	}
	kind := Kind(line[0])
	switch kind {
	case Status, Error, Int, Null, Double, Bool, Big:
		return rest, true
	case Bulk, Text, Array, Map, Set, Push:
	default:
		return nil, false
	}
	n, err := strconv.Atoi(string(line[1:]))
	switch {
	case err != nil:
		return nil, false
	case kind == Bulk || kind == Text:
		if n < 0 {
			return rest, true
		}
		if len(rest) < n+2 {
			return nil, false
		}
		return rest[n+2:], true
	case kind == Map:
		n *= 2
	}
	for range n {
		if rest, ok = skip(rest, depth-1); !ok {
			return nil, false
		}
	}
	return rest, true
}
