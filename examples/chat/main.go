// The chat example is Keryx's example application on Keryx's wire: accounts,
// sessions, messages that arrive live in every tab on every node, who is there, a
// stream of events, an upload, and a page to try it all. It runs from nothing, on
// an embedded Redis and SQLite:
//
//	go run ./examples/chat start
//	open http://localhost:8080
//
// Set REDIS_URL and DATABASE_URL, and any number of nodes share one chat.
//
// The page is made to be copied from. It loads with three requests however many people
// are there. When the server restarts it subscribes again after the last message that it
// got, and shows what it missed. A 429 or a 503 makes it wait for as long as Retry-After
// says. After a sign-out nothing of the chat is left in it.
package main

import (
	"embed"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/client"
	"github.com/keryx-go/keryx/dashboard"
	_ "github.com/keryx-go/keryx/db/postgres" // postgres://
	_ "github.com/keryx-go/keryx/db/sqlite"   // sqlite://
	"github.com/keryx-go/keryx/ratelimit"
	_ "github.com/keryx-go/keryx/redis/embedded" // embedded://
)

// version is shown by --version and by the action "status".
const version = "1.0.0"

//go:embed assets
var assets embed.FS

//go:embed migrations
var migrations embed.FS

func main() { keryx.Main(newApp(keryx.Options{})) }

// newApp makes the app; tests give it settings of their own.
func newApp(o keryx.Options) *keryx.API {
	o.Name, o.Version, o.Description = "chat", version, "A chat on Keryx's wire"
	o.Static, o.StaticDir = assets, "assets"
	if o.Defaults == nil {
		o.Defaults = map[string]string{
			"REDIS_URL": "embedded://", "DATABASE_URL": "sqlite://:memory:",
			"WEB_SERVER_STATIC_CACHE_CONTROL": "no-cache", // the page belongs to the program, and changes with it
		}
	}
	o.Migrations, o.MigrationsDir = migrations, "examples/chat/migrations"

	c := newChat(keryx.New(o))
	registerStatus(c)
	registerUsers(c)
	registerSessions(c)
	registerMessages(c)
	registerMaintenance(c)
	registerChannels(c)
	registerPeople(c)
	registerFiles(c)
	registerStreaming(c)
	c.api.Use(makeDefaultUser(c).Part(c.api))
	c.api.Use(dashboard.New(dashboard.Options{Actions: c.api.Actions, Channels: c.api.Channels, OpenAPI: c.api.OpenAPI})) // /docs
	c.api.Use(client.New(client.Options{                                                                                  // chat client ts, chat client go
		Actions: c.api.Actions, Channels: c.api.Channels, APIRoute: c.api.Config.Server.Web.APIRoute,
	}))
	return c.api
}

// chat is what the actions share.
type chat struct {
	api      *keryx.API
	accounts *accounts
	archive  *archive
	room     *room

	everyone *keryx.Group // actions that are limited per caller
	members  *keryx.Group // those of everyone that are for users who are signed in
}

func newChat(api *keryx.API) *chat {
	everyone := api.Group(api.RateLimit.Middleware(ratelimit.Rule{}))
	return &chat{
		api: api, accounts: newAccounts(api), archive: &archive{api}, room: &room{api},
		everyone: everyone, members: everyone.Group(auth.Require),
	}
}
