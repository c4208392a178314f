package redisserver

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/keryx-go/keryx/internal/redisserver/expiry"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// latest is the last deadline that the engine can hold, in the year 2262.
const latest = math.MaxInt64/int64(time.Millisecond) - 1000

// expireTime is how a command gives a time: in seconds or milliseconds, from now
// or since 1970.
type expireTime struct {
	unit     int64 // milliseconds
	absolute bool
	positive bool // zero and less are errors
}

// timeOptions are the options of SET and GETEX that give a time.
var timeOptions = map[string]expireTime{
	"ex":   {unit: 1000, positive: true},
	"px":   {unit: 1, positive: true},
	"exat": {unit: 1000, absolute: true, positive: true},
	"pxat": {unit: 1, absolute: true, positive: true},
}

// parseDeadline reads a time, and returns it as milliseconds since 1970.
func parseDeadline(s *session, text string, t expireTime, command string) (string, resp.Value) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", resp.Err("ERR value is not an integer or out of range")
	}
	now := s.now.UnixMilli()
	if t.absolute {
		now = 0
	}
	if t.positive && n <= 0 || n > (math.MaxInt64-now)/t.unit || n < math.MinInt64/t.unit {
		return "", resp.Err("ERR invalid expire time in '" + command + "' command")
	}
	return strconv.FormatInt(min(n*t.unit+now, latest), 10), resp.Value{}
}

// timed runs a command that sets a deadline, and notes the one that key has then.
func timed(s *session, key string, args ...string) resp.Value {
	reply := s.timeless(args...)
	noteKey(s, key)
	return reply
}

// noteKey takes over the deadline of a key, whose last use is now.
func noteKey(s *session, key string) {
	s.srv.data.note(s.view.db, key)
	s.srv.data.redis.SetTime(s.now)
	s.srv.data.redis.DB(s.view.db).Exists(key)
}

// setWithOptions is SET or GETEX.
func setWithOptions(s *session, args []string) resp.Value {
	first := map[string]int{"set": 3, "getex": 2}[args[0]]
	for i := first; i < len(args); i++ {
		t, ok := timeOptions[fold(args[i])]
		if !ok {
			continue
		}
		if i+1 == len(args) {
			return resp.Err("ERR syntax error")
		}
		deadline, err := parseDeadline(s, args[i+1], t, args[0])
		if err.IsError() {
			return err
		}
		args[i], args[i+1] = "PXAT", deadline
		i++
	}
	if args[0] == "set" && len(args) > 3 && slices.ContainsFunc(args[3:], func(a string) bool { return fold(a) == "keepttl" }) &&
		slices.Contains(args[3:], "PXAT") {
		return resp.Err("ERR syntax error")
	}
	if args[0] == "set" && len(args) == 3 {
		return s.pass(args...)
	}
	return timed(s, args[1], args...)
}

// setWithTime is SETEX or PSETEX.
func setWithTime(s *session, args []string) resp.Value {
	t := timeOptions["ex"]
	if args[0] == "psetex" {
		t = timeOptions["px"]
	}
	deadline, err := parseDeadline(s, args[2], t, args[0])
	if err.IsError() {
		return err
	}
	return timed(s, args[1], "SET", args[1], args[3], "PXAT", deadline)
}

// expire returns the handler of EXPIRE or one of its like.
func expire(t expireTime) handler {
	return func(s *session, args []string) resp.Value {
		deadline, err := parseDeadline(s, args[2], t, args[0])
		if err.IsError() {
			return err
		}
		return timed(s, args[1], append([]string{"PEXPIREAT", args[1], deadline}, args[3:]...)...)
	}
}

// timeLeft returns the handler of TTL or one of its like.
func timeLeft(t expireTime) handler {
	return func(s *session, args []string) resp.Value {
		reply := s.timeless("PEXPIRETIME", args[1])
		if reply.Kind == resp.Int && reply.Number >= 0 {
			reply.Number = inUnits(s, reply.Number, t)
		}
		return reply
	}
}

// inUnits converts milliseconds since 1970 to how a command says times.
func inUnits(s *session, ms int64, t expireTime) int64 {
	switch {
	case t.absolute:
		return ms / t.unit
	case t.unit == 1:
		return max(ms-s.now.UnixMilli(), 0)
	}
	return (max(ms-s.now.UnixMilli(), 0) + t.unit/2) / t.unit
}

func restore(s *session, args []string) resp.Value {
	ttl, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil || ttl < 0 {
		return resp.Err("ERR Invalid TTL value, must be >= 0")
	}
	if ttl > 0 && !slices.ContainsFunc(args[4:], func(a string) bool { return fold(a) == "absttl" }) {
		args[2] = strconv.FormatInt(min(ttl, latest-s.now.UnixMilli())+s.now.UnixMilli(), 10)
		args = append(args, "ABSTTL")
	}
	return timed(s, args[1], args...)
}

// renamed is RENAME or RENAMENX, which take the deadline along.
func renamed(s *session, args []string) resp.Value {
	reply := s.pass(args...)
	noteKey(s, args[2])
	return reply
}

// copied is COPY.
func copied(s *session, args []string) resp.Value {
	db := s.view.db
	for i := 3; i < len(args); i++ {
		if fold(args[i]) == "db" && i+1 < len(args) {
			n, err := strconv.Atoi(args[i+1])
			if err != nil {
				return resp.Err("ERR value is not an integer or out of range")
			}
			db = n
		}
	}
	if db < 0 || db >= databases {
		return resp.Err("ERR DB index is out of range")
	}
	if db == s.view.db && args[1] == args[2] {
		return resp.Err("ERR source and destination objects are the same")
	}
	reply := s.pass(args...)
	s.srv.data.note(db, args[2])
	return reply
}

func move(s *session, args []string) resp.Value {
	db, err := strconv.Atoi(args[2])
	switch {
	case err != nil:
		return resp.Err("ERR value is not an integer or out of range")
	case db < 0 || db >= databases:
		return resp.Err("ERR DB index is out of range")
	}
	reply := s.pass(args...)
	s.srv.data.note(db, args[1])
	return reply
}

func swapDatabases(s *session, args []string) resp.Value {
	a, err := strconv.Atoi(args[1])
	b, err2 := strconv.Atoi(args[2])
	switch {
	case err != nil:
		return resp.Err("ERR invalid first DB index")
	case err2 != nil:
		return resp.Err("ERR invalid second DB index")
	case a < 0 || a >= databases || b < 0 || b >= databases:
		return resp.Err("ERR DB index is out of range")
	}
	keysFlushed(s.srv, a)
	keysFlushed(s.srv, b)
	reply := s.pass(args...)
	s.srv.data.swapped(a, b)
	return reply
}

func flush(s *session, args []string) resp.Value {
	if len(args) > 2 || len(args) == 2 && fold(args[1]) != "sync" && fold(args[1]) != "async" {
		return resp.Err("ERR syntax error")
	}
	if args[0] == "flushall" {
		keysFlushed(s.srv, -1)
		s.srv.data.expiry = expiry.NewQueue()
	} else {
		keysFlushed(s.srv, s.view.db)
	}
	return s.pass(args[0])
}
