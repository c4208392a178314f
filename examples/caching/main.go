// The caching example is the framework's guide to caching as a small app. It
// runs from nothing, on an embedded Redis and SQLite:
//
//	go run ./examples/caching start
//	curl localhost:8080/api/user/1
//
// Set REDIS_URL and DATABASE_URL, and it runs on a real Redis and Postgres.
package main

import (
	"embed"
	"fmt"

	"github.com/keryx-go/keryx"
	_ "github.com/keryx-go/keryx/db/postgres"    // postgres://
	_ "github.com/keryx-go/keryx/db/sqlite"      // sqlite://
	_ "github.com/keryx-go/keryx/redis/embedded" // embedded://
)

//go:embed migrations
var migrations embed.FS

func main() { keryx.Main(newApp(keryx.Options{})) }

// newApp makes the app; tests give it settings of their own.
func newApp(o keryx.Options) *keryx.API {
	o.Name = "caching"
	o.Description = "The guide to caching, as a small app"
	o.Migrations, o.MigrationsDir = migrations, "examples/caching/migrations"
	if o.Defaults == nil {
		o.Defaults = map[string]string{"REDIS_URL": "embedded://", "DATABASE_URL": "sqlite://:memory:"}
	}
	api := keryx.New(o)
	registerUsers(api)
	registerMany(api)
	registerRates(api)
	registerReports(api)
	registerOrders(api)
	registerProfiles(api)
	registerLeaderboards(api)
	registerCodes(api)
	registerStock(api)
	registerStockList(api)
	registerVisits(api)
	registerMails(api)
	return api
}

// fail returns an error that the client sees with an HTTP status. Of an error of
// any other kind it is told no more than that something went wrong.
func fail(status int, format string, args ...any) error {
	return &keryx.Error{Status: status, Message: fmt.Sprintf(format, args...)}
}
