package pages

import (
	"context"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
)

// TestTakingRightsAway: the calls of docs/auth.md are known to the server.
func TestTakingRightsAway(t *testing.T) {
	var disconnect func(context.Context) error
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := keryx.New(o)
		disconnect = byAddress(api)
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true})
	if err := takeAway(t.Context(), app.API); err != nil {
		t.Error(err)
	}
	if err := disconnect(t.Context()); err != nil {
		t.Error(err)
	}
}
