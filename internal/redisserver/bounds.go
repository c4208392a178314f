package redisserver

import (
	"slices"
	"strconv"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

const (
	// maxString is the longest string, as Redis' proto-max-bulk-len.
	maxString = 64 << 20
	// maxRandom is how many elements a command that repeats them may return.
	maxRandom = 1 << 20
)

var errTooLong = resp.Err("ERR string exceeds maximum allowed size (proto-max-bulk-len)")

func setRange(s *session, args []string) resp.Value {
	at, err := strconv.ParseInt(args[2], 10, 64)
	switch {
	case err != nil:
		return resp.Err("ERR value is not an integer or out of range")
	case at < 0:
		return resp.Err("ERR offset is out of range")
	case args[3] == "": // nothing is made longer
		return s.pass("STRLEN", args[1])
	case at > maxString-int64(len(args[3])):
		return errTooLong
	}
	return s.pass(args...)
}

func setBit(s *session, args []string) resp.Value {
	if at, err := strconv.ParseInt(args[2], 10, 64); err != nil || at < 0 || at >= maxString*8 {
		return resp.Err("ERR bit offset is not an integer or out of range")
	}
	return s.pass(args...)
}

func appendTo(s *session, args []string) resp.Value {
	if length := s.value("STRLEN", args[1]); length.Kind == resp.Int && length.Number > maxString-int64(len(args[2])) {
		return errTooLong
	}
	return s.pass(args...)
}

// positions is LPOS, for which miniredis makes room for as many results as COUNT
// says.
func positions(s *session, args []string) resp.Value {
	for i := 3; i+1 < len(args); i += 2 {
		n, err := strconv.ParseInt(args[i+1], 10, 64)
		if err == nil && fold(args[i]) == "count" && n > 0 {
			length := s.value("LLEN", args[1])
			args[i+1] = strconv.FormatInt(min(n, max(length.Number, 1)), 10)
		}
	}
	return s.pass(args...)
}

// random is SRANDMEMBER, HRANDFIELD or ZRANDMEMBER, which may return an element
// more than once.
func random(s *session, args []string) resp.Value {
	if len(args) > 2 {
		if n, err := strconv.ParseInt(args[2], 10, 64); err == nil && n < -maxRandom {
			return resp.Err("ERR value is out of range")
		} else if err == nil && n > maxRandom {
			args = slices.Clone(args)
			args[2] = strconv.Itoa(maxRandom)
		}
	}
	return s.pass(args...)
}
