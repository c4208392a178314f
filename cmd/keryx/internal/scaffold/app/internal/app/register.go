package app

import (
	"github.com/keryx-go/keryx"

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/app/internal/notes"
	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/app/internal/users"
)

// register adds what the packages have to the app. "keryx generate" adds lines at the
// end.
func register(api *keryx.API) {
	users.Register(api)
	notes.Register(api)
}
