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

// deadline reads a time, and returns it as milliseconds since 1970.
func (s *session) deadline(text string, t expireTime, command string) (string, resp.Value) {
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
func (s *session) timed(key string, args ...string) resp.Value {
	reply := s.timeless(args...)
	s.note(key)
	return reply
}

// note takes over the deadline of a key, whose last use is now.
func (s *session) note(key string) {
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
		deadline, err := s.deadline(args[i+1], t, args[0])
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
	return s.timed(args[1], args...)
}

// setWithTime is SETEX or PSETEX.
func setWithTime(s *session, args []string) resp.Value {
	t := timeOptions["ex"]
	if args[0] == "psetex" {
		t = timeOptions["px"]
	}
	deadline, err := s.deadline(args[2], t, args[0])
	if err.IsError() {
		return err
	}
	return s.timed(args[1], "SET", args[1], args[3], "PXAT", deadline)
}

// expire returns the handler of EXPIRE or one of its like.
func expire(t expireTime) handler {
	return func(s *session, args []string) resp.Value {
		deadline, err := s.deadline(args[2], t, args[0])
		if err.IsError() {
			return err
		}
		return s.timed(args[1], append([]string{"PEXPIREAT", args[1], deadline}, args[3:]...)...)
	}
}

// timeLeft returns the handler of TTL or one of its like.
func timeLeft(t expireTime) handler {
	return func(s *session, args []string) resp.Value {
		reply := s.timeless("PEXPIRETIME", args[1])
		if reply.Kind == resp.Int && reply.Number >= 0 {
			reply.Number = s.inUnits(reply.Number, t)
		}
		return reply
	}
}

// inUnits converts milliseconds since 1970 to how a command says times.
func (s *session) inUnits(ms int64, t expireTime) int64 {
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
	return s.timed(args[1], args...)
}

// renamed is RENAME or RENAMENX, which take the deadline along.
func renamed(s *session, args []string) resp.Value {
	reply := s.pass(args...)
	s.note(args[2])
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
	s.srv.flushed(a)
	s.srv.flushed(b)
	reply := s.pass(args...)
	s.srv.data.swapped(a, b)
	return reply
}

func flush(s *session, args []string) resp.Value {
	if len(args) > 2 || len(args) == 2 && fold(args[1]) != "sync" && fold(args[1]) != "async" {
		return resp.Err("ERR syntax error")
	}
	if args[0] == "flushall" {
		s.srv.flushed(-1)
		s.srv.data.expiry = expiry.NewQueue()
	} else {
		s.srv.flushed(s.view.db)
	}
	return s.pass(args[0])
}

// expireFields is HEXPIRE. Its time is in seconds, so the milliseconds are set
// afterwards.
func expireFields(s *session, args []string) resp.Value {
	deadline, err := s.deadline(args[2], expireTime{unit: 1000}, args[0])
	if err.IsError() {
		return err
	}
	ms, _ := strconv.ParseInt(deadline, 10, 64)
	args[2] = strconv.FormatInt(ms/1000, 10)
	reply := s.timeless(args...)
	fields := args[max(len(args)-len(reply.Items), 0):]
	for i, item := range reply.Items {
		if item.Kind == resp.Int && item.Number == 1 {
			s.srv.data.redis.DB(s.view.db).HExpire(args[1], fields[i], time.Duration(ms)*time.Millisecond)
			s.srv.data.noteField(s.view.db, args[1], fields[i])
		}
	}
	return reply
}

// setFields is HSETEX.
func setFields(s *session, args []string) resp.Value {
	for i := 2; i+1 < len(args) && fold(args[i]) != "fields"; i++ {
		t, ok := timeOptions[fold(args[i])]
		if !ok {
			continue
		}
		deadline, err := s.deadline(args[i+1], t, args[0])
		if err.IsError() {
			return err
		}
		args[i], args[i+1] = "PXAT", deadline
		i++
	}
	return s.timed(args[1], args...)
}

// fieldsLeft returns the handler of HTTL or HPTTL.
func fieldsLeft(t expireTime) handler {
	return func(s *session, args []string) resp.Value {
		args[0] = "hpttl"
		reply := s.timeless(args...)
		for i := range reply.Items {
			if n := &reply.Items[i].Number; *n >= 0 {
				*n = s.inUnits(*n, t)
			}
		}
		return reply
	}
}
