package redisserver

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// waiter is a client whose command waits for data. It is served by the command
// that brings the data, in the order of arrival.
type waiter struct {
	client  *client
	timeout time.Duration // 0 for none
	attempt func() (reply resp.Value, done bool)
	empty   resp.Value // the reply after the timeout
	done    chan resp.Value
}

// block makes the attempt, and has the client wait when there is nothing.
func block(s *session, timeout time.Duration, empty resp.Value, attempt func() (resp.Value, bool)) resp.Value {
	if reply, done := attempt(); done {
		return reply
	}
	if s.atomic {
		return empty
	}
	w := &waiter{client: s.client, timeout: timeout, attempt: attempt, empty: empty, done: make(chan resp.Value, 1)}
	s.client.waiting = w
	s.srv.waiters = append(s.srv.waiters, w)
	return resp.Value{}
}

// wait returns the reply when it is there. It is called without the lock.
func (w *waiter) wait() resp.Value {
	var timeout <-chan time.Time
	if w.timeout > 0 {
		timer := time.NewTimer(w.timeout)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case reply := <-w.done:
		return reply
	case <-timeout:
	case <-w.client.gone:
	case <-w.client.srv.closed:
	}
	s := w.client.srv
	s.lock.wait()
	defer s.lock.release()
	s.waiters = slices.DeleteFunc(s.waiters, func(other *waiter) bool { return other == w })
	select {
	case reply := <-w.done:
		return reply
	default:
		return w.empty
	}
}

// serveWaiters serves the clients that wait for what is there now.
func serveWaiters(s *Server) {
	if len(s.waiters) == 0 {
		return
	}
	now := time.Now()
	s.data.expire(now)
	for served := true; served; { // one may bring data for another
		served = false
		s.waiters = slices.DeleteFunc(s.waiters, func(w *waiter) bool {
			w.client.session.now = now
			reply, done := w.attempt()
			if done {
				w.done <- resp.Encoded(reply.Append(nil, w.client.session.version))
				served = true
			}
			return done
		})
	}
}

// seconds reads a timeout.
func seconds(text string) (time.Duration, resp.Value) {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(n) || n > math.MaxInt64/1000:
		return 0, resp.Err("ERR timeout is not a float or out of range")
	case n < 0:
		return 0, resp.Err("ERR timeout is negative")
	case n > math.MaxInt64/1e9:
		return math.MaxInt64, resp.Value{}
	case n > 0:
		return max(time.Duration(n*1e9), 1), resp.Value{}
	}
	return 0, resp.Value{}
}

// retry makes an attempt of a command that does not wait, and whose reply is null
// while there is nothing.
func retry(s *session, args ...string) func() (resp.Value, bool) {
	return func() (resp.Value, bool) {
		reply := s.value(args...)
		return reply, !reply.IsNull()
	}
}

// blockingPop is BLPOP, BRPOP, BZPOPMIN or BZPOPMAX, which pop from the first key
// that has something.
func blockingPop(s *session, args []string) resp.Value {
	timeout, err := seconds(args[len(args)-1])
	if err.IsError() {
		return err
	}
	pop, keys := args[0][1:], args[1:len(args)-1]
	return block(s, timeout, resp.NullArray, func() (resp.Value, bool) {
		for _, key := range keys {
			reply := s.value(pop, key)
			switch {
			case reply.IsError():
				return reply, true
			case reply.IsNull() || reply.Kind != resp.Bulk && len(reply.Items) == 0:
				continue
			}
			items := reply.Items
			if reply.Kind == resp.Bulk {
				items = []resp.Value{reply}
			} else if len(items) == 1 { // of version 3
				items = items[0].Items
			}
			return resp.List(append([]resp.Value{resp.Of(key)}, items...)...), true
		}
		return resp.Value{}, false
	})
}

// blockingMove is BLMOVE or BRPOPLPUSH, with the timeout last.
func blockingMove(s *session, args []string) resp.Value {
	last := len(args) - 1
	timeout, err := seconds(args[last])
	if err.IsError() {
		return err
	}
	return block(s, timeout, resp.Nil(), retry(s, append([]string{args[0][1:]}, args[1:last]...)...))
}

// blockingMultiPop is BLMPOP or BZMPOP, with the timeout first.
func blockingMultiPop(s *session, args []string) resp.Value {
	timeout, err := seconds(args[1])
	if err.IsError() {
		return err
	}
	return block(s, timeout, resp.NullArray, retry(s, append([]string{args[0][1:]}, args[2:]...)...))
}

// readStreams is XREAD or XREADGROUP.
func readStreams(s *session, args []string) resp.Value {
	args = slices.Clone(args)
	streams := slices.IndexFunc(args, func(a string) bool { return fold(a) == "streams" })
	at := slices.IndexFunc(args, func(a string) bool { return fold(a) == "block" })
	if streams < 0 || (len(args)-streams)%2 == 0 {
		return s.pass(args...)
	}
	read := func() resp.Value { return byStream(s, s.value(args...)) }
	keys := args[streams+1 : streams+1+(len(args)-streams-1)/2]
	for i, key := range keys {
		if id := &args[streams+1+len(keys)+i]; *id == "$" && args[0] == "xread" {
			*id = lastID(s, key)
		}
	}
	if at < 0 || at+1 >= streams {
		return read()
	}
	ms, err := strconv.ParseInt(args[at+1], 10, 64)
	switch {
	case err != nil:
		return resp.Err("ERR timeout is not an integer or out of range")
	case ms < 0:
		return resp.Err("ERR timeout is negative")
	}
	timeout := time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
	args = slices.Delete(args, at, at+2)
	return block(s, timeout, resp.NullArray, func() (resp.Value, bool) {
		reply := read()
		return reply, !reply.IsNull() && (reply.IsError() || len(reply.Items) > 0)
	})
}

// byStream makes a list of streams a map, which it is in version 3.
func byStream(s *session, reply resp.Value) resp.Value {
	if s.version < 3 || reply.Kind != resp.Array {
		return reply
	}
	all := resp.Pairs()
	for _, stream := range reply.Items {
		all.Items = append(all.Items, stream.Items...)
	}
	return all
}

// lastID returns the id of a stream's last entry.
func lastID(s *session, key string) string {
	info := s.value("XINFO", "STREAM", key)
	for i := 0; i+1 < len(info.Items); i += 2 {
		if info.Items[i].Text == "last-generated-id" {
			return info.Items[i+1].Text
		}
	}
	if last := s.value("XREVRANGE", key, "+", "-", "COUNT", "1"); len(last.Items) == 1 && len(last.Items[0].Items) > 0 {
		return last.Items[0].Items[0].Text
	}
	return "0-0"
}
