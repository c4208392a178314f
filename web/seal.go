package web

import (
	"errors"
	"net/http"
	"sync"
)

// ErrHandlerReturned is what a ResponseWriter returns from Write, Flush, Hijack
// and the setting of deadlines once its handler has returned. What such a call
// would reach is the next response by then: of the same client, or, where
// memory is pooled, of another one.
var ErrHandlerReturned = errors.New("web: the handler has returned, its response cannot be written to any more")

// seal lets calls through until it is closed. The zero seal is open.
type seal struct {
	mu     sync.RWMutex
	closed bool
}

// enter begins a call, which ends with leave, unless there is an error.
func (s *seal) enter() error {
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return ErrHandlerReturned
	}
	return nil
}

func (s *seal) leave() { s.mu.RUnlock() }

// close waits for the calls that are under way.
func (s *seal) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
}

// sealed keeps middleware of the app from using the writer of package http, whose
// buffers are pooled, after it has returned. Handlers within have a guard.
func (s *Server) sealed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g := &guard{ResponseWriter: w} // without a deadline
		defer g.seal.close()
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(g, r)
	})
}
