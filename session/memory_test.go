package session_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/session"
)

// A session in memory does all that another one does, without Redis and without a cookie.
func TestInMemory(t *testing.T) {
	store := newStore(nil)
	c := &connection.Connection{Header: map[string][]string{"Cookie": {"__session=ABCDEFGHIJKLMNOPQRSTUVWXYZ"}}}
	ctx := store.AttachInMemory(connection.With(t.Context(), c))
	check := func(when, theme string, user int64, exists bool) (id string) {
		t.Helper()
		a, ok, err := session.Data[account](ctx)
		if err != nil || ok != exists || a.Theme != theme || a.UserID != user {
			t.Errorf("%s: %+v, %t, %v", when, a, ok, err)
		}
		record, err := session.From(ctx).Load(ctx)
		id = session.From(ctx).ID(ctx)
		if err != nil || (record != nil) != exists || exists && record.ID != id || exists != (id != "") {
			t.Errorf("%s: %+v, id %q, %v", when, record, id, err)
		}
		return id
	}
	set := func(change func(context.Context, func(*account) error) error, edit func(*account)) {
		t.Helper()
		if err := change(ctx, func(a *account) error { edit(a); return nil }); err != nil {
			t.Error(err)
		}
	}
	check("at first", "", 0, false)
	set(session.Update[account], func(a *account) { a.Theme = "dark" })
	first := check("made", "dark", 0, true)
	set(session.Renew[account], func(a *account) { a.UserID = 7 })
	second := check("renewed", "dark", 7, true)
	if err := session.From(ctx).Regenerate(ctx); err != nil {
		t.Error(err)
	}
	if third := check("regenerated", "dark", 7, true); first == second || second == third {
		t.Errorf("the ids are %q, %q, %q", first, second, third)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { set(session.Update[account], func(a *account) { a.UserID++ }) })
	}
	wg.Wait()
	check("changed by many", "dark", 15, true)
	failure := errors.New("no")
	if err := session.Update(ctx, func(*account) error { return failure }); err != failure {
		t.Error(err)
	}
	if err := session.From(ctx).Destroy(ctx); err != nil {
		t.Error(err)
	}
	check("destroyed", "", 0, false)
	reply := map[string][]string{}
	if c.WriteReply(reply); len(reply) > 0 {
		t.Errorf("sent %v", reply)
	}
	if session.Attached(t.Context()) || !session.Attached(ctx) {
		t.Error("Attached is wrong")
	}
}
