package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/keryx-go/keryx/keryxtest"
)

// TestReportsAreBuiltOneAtATime would see two reports with one number, and a last
// number that is too small, if two holders of the lock overlapped.
func TestReportsAreBuiltOneAtATime(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		const callers = 50
		seen := map[int64]bool{}
		for _, r := range together(t, app, callers, "POST", "/api/reports/sales", nil) {
			var report reportOutput
			app.Decode(r, &report)
			if r.Status != http.StatusOK || seen[report.Number] || report.Users != 3 {
				t.Errorf("%d %s", r.Status, r.Body)
			}
			seen[report.Number] = true
		}
		want(t, app.Send("POST", "/api/reports/sales", nil), http.StatusOK, `{"number":51,"users":3}`)
		want(t, app.Send("POST", "/api/reports/other", nil), http.StatusOK, `{"number":1,"users":3}`)
		want(t, app.Send("POST", "/api/reports/a{b}", nil), http.StatusNotAcceptable, "letters, digits, _ . -")
	})
}

func TestReportsByHandAreBuiltOneAtATime(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		var built int64
		for _, r := range together(t, app, 50, "POST", "/api/reports/sales/by-hand", nil) {
			switch r.Status {
			case http.StatusOK:
				built++
			case http.StatusConflict:
			default:
				t.Errorf("%d %s", r.Status, r.Body)
			}
		}
		var last reportOutput
		app.Decode(app.Send("POST", "/api/reports/sales/by-hand", nil), &last)
		if built == 0 || last.Number != built+1 {
			t.Errorf("%d were built, and the next one has the number %d", built, last.Number)
		}
	})
}

// TestALockIsRespected holds the lock as another process does.
func TestALockIsRespected(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		rdb, ctx := app.Redis.Client, t.Context()
		if err := rdb.Set(ctx, "lock:report:sales", "another's token", 300*time.Millisecond).Err(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		want(t, app.Send("POST", "/api/reports/sales/by-hand", nil), http.StatusConflict, "being built: try again")
		if n, err := unlock.Run(ctx, rdb, []string{"lock:report:sales"}, "our token").Int(); n != 0 || err != nil {
			t.Errorf("unlocked %d with the wrong token: %v", n, err)
		}
		want(t, app.Send("POST", "/api/reports/sales", nil), http.StatusOK, `"number":1`)
		if waited := time.Since(began); waited < 200*time.Millisecond {
			t.Errorf("the lock was not waited for: %v", waited)
		}
		if n := rdb.Exists(ctx, "lock:report:sales").Val(); n != 0 {
			t.Error("the lock is left behind")
		}
	})
}
