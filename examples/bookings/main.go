// The bookings example is a backend to copy from: organisations book their rooms. It
// has what most backends have, and nothing that works around the framework.
//
//	go run ./examples/bookings start
//	open http://localhost:8080
//
// That runs from nothing, on an embedded Redis and a database in memory. REDIS_URL and
// DATABASE_URL name real ones; a file is enough for commands that share the data:
//
//	export DATABASE_URL=sqlite://bookings.db
//	go run ./examples/bookings bookings:seed --password 'correct horse'
//	go run ./examples/bookings org:list --as demo@example.com
//	go run ./examples/bookings start
//
// Each file has one concern:
//
//	main.go          the app: its parts, and the groups of its actions
//	settings.go      settings of its own
//	users.go         sign-up; sessions.go: sign-in and sign-out, who is calling; password.go: argon2id
//	keys.go          API keys
//	orgs.go          organisations; members.go: who is in one, and middleware that asks for a role
//	rooms.go         rooms; photos.go: a picture of one, as the body of a request
//	bookings.go      bookings without overlap, filters, an error with details
//	availability.go  free times, cached in Redis
//	live.go          a channel for each room
//	export.go        CSV, streamed
//	webhook.go       a webhook with a signature
//	audit.go         what was changed, by whom, in the same transaction
//	operations.go    metrics for administrators, a readiness check
//	seed.go          a command; rows.go: the queries that most files have
//
// docs/rest.md explains it.
package main

import (
	"embed"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/dashboard"
	_ "github.com/keryx-go/keryx/db/postgres" // postgres://
	_ "github.com/keryx-go/keryx/db/sqlite"   // sqlite://
	"github.com/keryx-go/keryx/ratelimit"
	_ "github.com/keryx-go/keryx/redis/embedded" // embedded://
)

//go:embed assets
var assets embed.FS

//go:embed migrations
var migrations embed.FS

func main() { keryx.Main(newApp(keryx.Options{})) }

// newApp makes the app; tests give it settings of their own.
func newApp(o keryx.Options) *keryx.API {
	b := &backend{passwords: newPasswords()}
	b.users, b.keys, b.orgs, b.members = &users{b}, &keys{b}, &orgs{b}, &members{b}
	b.rooms, b.bookings, b.live, b.audit = &rooms{b}, &bookings{b}, &live{b}, &audit{b}

	o.Name, o.Description = "bookings", "Rooms and who has booked them"
	o.Static, o.StaticDir = assets, "assets"
	o.Migrations, o.MigrationsDir = migrations, "examples/bookings/migrations"
	o.Defaults = map[string]string{
		"REDIS_URL": "embedded://", "DATABASE_URL": "sqlite://:memory:",
		"WEB_SERVER_STATIC_FALLBACK": "index.html", "WEB_SERVER_STATIC_CACHE_CONTROL": "no-cache",
	}
	o.ErrorStatuses = keryx.RESTStatuses()
	o.Authenticators = []auth.Authenticator{auth.Bearer(b.keys.identify)}
	o.CLIIdentity = b.users.identify
	b.api = keryx.New(o)
	b.settings = keryx.Settings[settings](b.api, "Bookings")
	b.group()

	for _, register := range []func(*backend){
		registerUsers, registerSessions, registerKeys, registerOrgs, registerMembers, registerRooms, registerPhotos, registerBookings,
		registerAvailability, registerLive, registerExport, registerWebhook, registerAudit, registerOperations, registerSeed,
	} {
		register(b)
	}
	b.api.Use(dashboard.New(dashboard.Options{Actions: b.api.Actions, Channels: b.api.Channels, OpenAPI: b.api.OpenAPI})) // /docs
	return b.api
}

// backend is what the actions share.
type backend struct {
	api       *keryx.API
	settings  *settings
	passwords passwords

	users    *users
	keys     *keys
	orgs     *orgs
	members  *members
	rooms    *rooms
	bookings *bookings
	live     *live
	audit    *audit

	everyone *keryx.Group // limited per caller
	signedIn *keryx.Group // for users who are signed in, but not for API keys
	readers  *keryx.Group // for members of the organisation in the path
	writers  *keryx.Group // for members too; in a transaction that is audited
	owners   *keryx.Group // the same for owners
}

// group makes the groups. Every action is registered with one of them, so that none is
// open by mistake.
func (b *backend) group() {
	b.everyone = b.api.Group(b.api.RateLimit.Middleware(ratelimit.Rule{}))
	b.signedIn = b.everyone.Group(auth.RequireScope("account"))
	b.readers = b.everyone.Group(auth.RequireScope("bookings:read"), b.members.require("member"))
	b.writers = b.everyone.Group(auth.RequireScope("bookings:write"), b.members.require("member"), b.api.Transaction(), b.audit.record)
	b.owners = b.signedIn.Group(b.members.require("owner"), b.api.Transaction(), b.audit.record)
}
