package db

import (
	"context"
	"database/sql"
	"sync"

	"github.com/uptrace/bun"
)

// scope is a transaction or a savepoint that code runs in.
type scope struct {
	outer *scope // of a savepoint
	tx    bun.Tx

	mu      sync.Mutex
	ended   bool // its function has returned
	effects []effect
}

// scopeKey is the context key of a database's scope: two databases have two.
type scopeKey struct{ pool *sql.DB }

// scopeOf returns the innermost scope of ctx that has not ended, or nil. A context
// may outlive the function that it was made for.
func scopeOf(ctx context.Context, db *bun.DB) *scope {
	s, _ := ctx.Value(scopeKey{db.DB}).(*scope)
	for s != nil && s.hasEnded() {
		s = s.outer
	}
	return s
}

func (s *scope) hasEnded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *scope) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// add keeps an effect for the commit. It reports false when the scope has ended.
func (s *scope) add(e effect) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.effects = append(s.effects, e)
	}
	return !s.ended
}

// adopt takes the effects of a savepoint that was released.
func (s *scope) adopt(effects []effect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.effects = append(s.effects, effects...)
}
