package main

import (
	"context"
	"expvar"
	"net/http"

	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/web"
)

// registerOperations adds what those who run the app ask for.
func registerOperations(b *backend) {
	b.api.Web.HandleFunc("GET /debug/vars", func(w http.ResponseWriter, r *http.Request) error {
		expvar.Handler().ServeHTTP(w, r)
		return nil
	}, auth.RequireRole("admin"))

	// With DATABASE_AUTO_MIGRATE=false a node may be up before its tables.
	b.api.Web.AddCheck(web.Check{Name: "tables", Check: func(ctx context.Context) error {
		_, err := b.api.DB.NewSelect().Model((*Booking)(nil)).Exists(ctx)
		return err
	}})
}
