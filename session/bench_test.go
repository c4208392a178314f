package session_test

import (
	"context"
	"testing"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/session"
)

// BenchmarkLoad against a plain GETEX, and against no session at all.
func BenchmarkLoad(b *testing.B) {
	client := dial(b, redistest.Start(b).URL())
	c := &caller{tb: b, store: newStore(client)}
	read := func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ctx, _ := c.request()
			if _, _, err := session.Data[account](ctx); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("anonymous", read)
	c.login(1)
	b.Run("getex", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := client.GetEx(b.Context(), "session:"+c.id(), settings.TTL).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("session", read)
	b.Run("attach only", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.store.Attach(context.Background())
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	c := &caller{tb: b, store: newStore(dial(b, redistest.Start(b).URL()))}
	c.login(1)
	update := func(renew bool) func(b *testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.do(func(ctx context.Context) error {
					change := func(a *account) error { a.UserID++; return nil }
					if renew {
						return session.Renew(ctx, change)
					}
					return session.Update(ctx, change)
				})
			}
		}
	}
	b.Run("update", update(false))
	b.Run("renew", update(true))
}
