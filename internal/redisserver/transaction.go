package redisserver

import (
	"slices"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// notQueued are the commands that run at once in a transaction.
var notQueued = []string{"exec", "discard", "multi", "watch", "unwatch", "quit", "reset"}

// transaction is what a client has queued since MULTI.
type transaction struct {
	requests [][]string
	failed   bool // a request was refused, so EXEC is
}

// keyOf is a key of a database.
type keyOf struct {
	db  int
	key string
}

// queueRequest adds a request to the transaction.
func queueRequest(s *session, args []string) resp.Value {
	c, err := s.find(args)
	if !err.IsError() && c.Has("no_multi") {
		err = resp.Err("ERR Command not allowed inside a transaction")
	}
	if err.IsError() {
		s.client.tx.failed = true
		return err
	}
	s.client.tx.requests = append(s.client.tx.requests, args)
	return resp.Simple("QUEUED")
}

func multi(s *session, _ []string) resp.Value {
	if s.client.tx != nil {
		return resp.Err("ERR MULTI calls can not be nested")
	}
	s.client.tx = &transaction{}
	return resp.OK()
}

func discard(s *session, _ []string) resp.Value {
	if s.client.tx == nil {
		return resp.Err("ERR DISCARD without MULTI")
	}
	s.client.tx = nil
	return unwatch(s, nil)
}

func watch(s *session, args []string) resp.Value {
	if s.client.tx != nil {
		return resp.Err("ERR WATCH inside MULTI is not allowed")
	}
	for _, key := range args[1:] {
		if at := (keyOf{s.view.db, key}); !slices.Contains(s.client.watching, at) {
			s.client.watching = append(s.client.watching, at)
			s.value("WATCH", key)
		}
	}
	return resp.OK()
}

func unwatch(s *session, _ []string) resp.Value {
	s.client.watching, s.client.touched = nil, false
	s.value("UNWATCH")
	return resp.OK()
}

// keysFlushed tells the clients that watch a key of a database that it goes, which
// miniredis does not. A negative number stands for all databases.
func keysFlushed(s *Server, db int) {
	for _, c := range s.connections() {
		for _, w := range c.watching {
			if (db < 0 || w.db == db) && s.data.redis.DB(w.db).Exists(w.key) {
				c.touched = true
			}
		}
	}
}

// exec runs the transaction, unless a watched key has changed.
func exec(s *session, _ []string) resp.Value {
	tx := s.client.tx
	if tx == nil {
		return resp.Err("ERR EXEC without MULTI")
	}
	s.client.tx = nil
	intact := !s.client.touched
	if len(s.client.watching) > 0 {
		s.value("MULTI") // an empty one, which says whether a watched key has changed
		intact = !s.value("EXEC").IsNull() && intact
	}
	unwatch(s, nil)
	switch {
	case tx.failed:
		return resp.Err("EXECABORT Transaction discarded because of previous errors.")
	case !intact:
		return resp.NullArray
	}
	s.atomic = true
	defer func() { s.atomic = false }()
	replies := resp.Value{Kind: resp.Array}
	for _, args := range tx.requests {
		// Encoded now: HELLO may change the version for the next one.
		replies.Items = append(replies.Items, resp.Encoded(s.run(args).Append(nil, s.version)))
	}
	return replies
}
