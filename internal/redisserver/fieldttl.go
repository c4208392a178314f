package redisserver

import (
	"strconv"
	"time"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// expireFields is HEXPIRE. Its time is in seconds, so the milliseconds are set
// afterwards.
func expireFields(s *session, args []string) resp.Value {
	deadline, err := parseDeadline(s, args[2], expireTime{unit: 1000}, args[0])
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
		deadline, err := parseDeadline(s, args[i+1], t, args[0])
		if err.IsError() {
			return err
		}
		args[i], args[i+1] = "PXAT", deadline
		i++
	}
	return timed(s, args[1], args...)
}

// fieldsLeft returns the handler of HTTL or HPTTL.
func fieldsLeft(t expireTime) handler {
	return func(s *session, args []string) resp.Value {
		args[0] = "hpttl"
		reply := s.timeless(args...)
		for i := range reply.Items {
			if n := &reply.Items[i].Number; *n >= 0 {
				*n = inUnits(s, *n, t)
			}
		}
		return reply
	}
}
