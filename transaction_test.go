package keryx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
	"github.com/keryx-go/keryx/stream"
)

var notes = fstest.MapFS{
	"20260101000000_notes.tx.up.sql":   {Data: []byte("CREATE TABLE notes (text VARCHAR(20) NOT NULL);")},
	"20260101000000_notes.tx.down.sql": {Data: []byte("DROP TABLE notes;")},
}

type noteInput struct {
	Text string `json:"text"`
	Fail bool   `json:"fail,omitempty"`
}

// TestNestedActionsJoinTheTransaction has an action fail after another one,
// which it called, has written: neither write may stay.
func TestNestedActionsJoinTheTransaction(t *testing.T) {
	for name, embedded := range map[string]bool{"real": false, "embedded": true} {
		t.Run(name, func(t *testing.T) {
			if !embedded {
				slow.Skip(t, "it starts Postgres")
			}
			app := keryxtest.Start(t, newNotes, keryxtest.Options{Embedded: embedded})
			count := func() (n int) {
				if err := app.DB.NewRaw("SELECT count(*) FROM notes").Scan(t.Context(), &n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			if r := app.Send("PUT", "/api/both", noteInput{Text: "x", Fail: true}); r.Status != 500 || !strings.Contains(r.Body, "changed my mind") {
				t.Errorf("%d %s", r.Status, r.Body)
			}
			if n := count(); n != 0 {
				t.Errorf("%d notes stayed after a rollback", n)
			}
			if r := app.Send("PUT", "/api/both", noteInput{Text: "x"}); r.Status != 200 {
				t.Errorf("%d %s", r.Status, r.Body)
			}
			if n := count(); n != 2 {
				t.Errorf("%d notes after a commit, want 2", n)
			}
		})
	}
}

// A stream and the effects of a transaction run with what middleware has put into the
// context, but for the transaction.
func TestAfterTheTransaction(t *testing.T) {
	type key struct{}
	put := func(next keryx.Handler) keryx.Handler {
		return func(ctx context.Context, call *keryx.Call) (any, error) {
			ctx = auth.With(context.WithValue(ctx, key{}, "kept"), &auth.Identity{Subject: "7"})
			return next(ctx, call)
		}
	}
	for name, embedded := range map[string]bool{"real": false, "embedded": true} {
		t.Run(name, func(t *testing.T) {
			if !embedded {
				slow.Skip(t, "it starts Postgres")
			}
			var after []string
			app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
				api := newNotes(o)
				// committed returns how many notes a context sees, and whether all else is as it was.
				committed := func(ctx context.Context) string {
					var n int
					err := api.SQL(ctx).QueryRowContext(ctx, "SELECT count(*) FROM notes").Scan(&n)
					who, authErr := auth.From(ctx)
					if err = errors.Join(err, authErr); err != nil {
						return err.Error()
					}
					return fmt.Sprint(n, " ", ctx.Value(key{}), " ", who.Subject, " ", api.Tx(ctx) == bun.IDB(api.DB))
				}
				keryx.Handle(api, keryx.Action{Name: "streamed", Web: keryx.GET("/streamed"), Middleware: []keryx.Middleware{put, api.Transaction()}},
					func(ctx context.Context, in noteInput) (*stream.ChunkStream, error) {
						api.AfterCommit(ctx, func(ctx context.Context) { after = append(after, committed(ctx)) })
						api.AfterCommit(ctx, func(context.Context) { panic("oops") })
						_, err := api.Tx(ctx).NewRaw("INSERT INTO notes (text) VALUES ('x')").Exec(ctx)
						if in.Fail {
							err = errors.New("changed my mind")
						}
						return stream.Chunks("text/plain", func(ctx context.Context, w io.Writer) error {
							_, err := io.WriteString(w, committed(ctx))
							return err
						}), err
					})
				return api
			}, keryxtest.Options{Embedded: embedded})
			if r := app.Send("GET", "/api/streamed?text=x&fail=true", nil); r.Status != 500 || len(after) != 0 {
				t.Errorf("%d, %q", r.Status, after)
			}
			const want = "1 kept 7 true"
			if r := app.Send("GET", "/api/streamed?text=x", nil); r.Body != want || len(after) != 1 || after[0] != want {
				t.Errorf("%d %s, %q", r.Status, r.Body, after)
			}
		})
	}
}

func newNotes(o keryx.Options) *keryx.API {
	o.Migrations = notes
	api := keryx.New(o)
	write := func(ctx context.Context, text string) error {
		_, err := api.Tx(ctx).NewRaw("INSERT INTO notes (text) VALUES (?)", text).Exec(ctx)
		return err
	}
	keryx.Handle(api, keryx.Action{Name: "note:create", Middleware: []keryx.Middleware{api.Transaction()}},
		func(ctx context.Context, in noteInput) (string, error) { return in.Text, write(ctx, in.Text) })
	keryx.Handle(api, keryx.Action{Name: "note:both", Web: keryx.PUT("/both"), Middleware: []keryx.Middleware{api.Transaction()}},
		func(ctx context.Context, in noteInput) (string, error) {
			if err := write(ctx, in.Text); err != nil {
				return "", err
			}
			if _, err := api.Act(ctx, "note:create", keryx.Params{"text": in.Text}); err != nil {
				return "", err
			}
			if in.Fail {
				return "", errors.New("changed my mind")
			}
			return "done", nil
		})
	return api
}
