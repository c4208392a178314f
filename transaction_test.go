package keryx_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
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
