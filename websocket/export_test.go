package websocket

import "time"

// SetRightsInterval makes a server that has not started check subscriptions more often.
func SetRightsInterval(s *Server, d time.Duration) { s.rights.options.RightsInterval = d }

// SetFirstReplyWait makes the calls of an action wait longer for its first reply.
func SetFirstReplyWait(s *Server, d time.Duration) { s.sizes.wait = d }

// ReplyBytes returns what a server has used of its budget for replies, in bytes.
func ReplyBytes(s *Server) int64 { return s.budget.used.Load() }

// Pending returns how many messages of all sockets have not got their last reply.
func Pending(s *Server) int {
	n := 0
	for _, k := range s.sockets.all() {
		k.pending.mu.Lock()
		n += k.pending.n
		k.pending.mu.Unlock()
	}
	return n
}
