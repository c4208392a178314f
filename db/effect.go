package db

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/uptrace/bun"
)

// EffectTimeout is how long the context of one effect of [AfterCommit] lasts.
const EffectTimeout = 10 * time.Second

// AfterCommit calls fn when the outermost transaction that ctx is in, by [Transaction]
// on the same database, has committed, and before that Transaction returns. It calls
// fn at once, before it returns itself, when ctx is in no transaction, and not at all
// when the transaction, or a nested one around the call of AfterCommit, is rolled
// back. It is for what others must not see too early: a deleted cache entry, a
// broadcast, a mail.
//
// Functions run one after the other, in the order of the calls of AfterCommit. The
// context of fn has the values of ctx and is in no transaction. It does not end with
// ctx, because the data is committed whether or not the caller still waits; it ends
// after [EffectTimeout]. A panic of fn is logged to [slog.Default], and changes
// nothing: there is no error to return for what is committed.
//
// A process that dies between the commit and fn does not call fn.
func AfterCommit(ctx context.Context, db *bun.DB, fn func(context.Context)) {
	e := effect{context.WithoutCancel(ctx), fn}
	if db != nil {
		for s := scopeOf(ctx, db); s != nil; s = scopeOf(ctx, db) {
			if s.add(e) {
				return
			}
		}
	}
	runEffects([]effect{e})
}

// effect is a function to call after a commit.
type effect struct {
	ctx context.Context
	fn  func(context.Context)
}

// runEffects calls the functions in order, the others also when one ends the goroutine.
func runEffects(effects []effect) {
	defer func() {
		if len(effects) > 0 { // runtime.Goexit was called
			runEffects(effects)
		}
	}()
	for len(effects) > 0 {
		e := effects[0]
		effects = effects[1:]
		e.run()
	}
}

func (e effect) run() {
	ctx, cancel := context.WithTimeout(e.ctx, EffectTimeout)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			slog.ErrorContext(ctx, "a function of AfterCommit panicked",
				"error", fmt.Sprintf("panic: %v", value), "stack", string(debug.Stack()))
		}
	}()
	e.fn(ctx)
}
