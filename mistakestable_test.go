package keryx_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/redistest"
)

// adds registers an action whose input has fields that vet would not let pass.
func adds(api *keryx.API, fields ...reflect.StructField) {
	api.Actions.Add(keryx.Action{Name: "order:show"}, reflect.StructOf(fields), reflect.TypeFor[string](),
		func(context.Context, *action.Call) (any, error) { return nil, nil })
}

var registrations = []mistake{
	registers("Two actions have one name", func(api *keryx.API) {
		keryx.Handle(api, keryx.Action{Name: "order:show"}, nothing)
		keryx.Handle(api, keryx.Action{Name: "order:show"}, nothing)
	}),
	takes[none]("An action has no name", keryx.Action{}),
	registers("Two actions have one route", func(api *keryx.API) {
		keryx.Handle(api, keryx.Action{Name: "order:show", Web: keryx.GET("/orders")}, nothing)
		keryx.Handle(api, keryx.Action{Name: "order:list", Web: keryx.GET("/orders")}, nothing)
	}),
	registers("Two routes fit the same paths", func(api *keryx.API) {
		keryx.Handle(api, keryx.Action{Name: "a", Web: keryx.GET("/x/{id}")}, func(context.Context, order) (string, error) { return "", nil })
		keryx.Handle(api, keryx.Action{Name: "b", Web: keryx.GET("/{id}/x")}, func(context.Context, order) (string, error) { return "", nil })
	}),
	takes[none]("A route does not begin with a slash", keryx.Action{Name: "order:show", Web: keryx.GET("orders")}),
	registers("Two handlers have one pattern", func(api *keryx.API) {
		api.Web.Handle("GET /files/{name}", http.NotFoundHandler())
		api.Web.Handle("GET /files/{file}", http.NotFoundHandler())
	}),
	takes[none]("A route names an input that is not there", keryx.Action{Name: "order:show", Web: keryx.GET("/order/{id}")}),
	takes[order]("A parameter of a route is misspelt", keryx.Action{Name: "order:show", Web: keryx.GET("/order/{iD}")}),
	takes[order]("A route has :id in place of {id}", keryx.Action{Name: "order:show", Web: keryx.GET("/order/:id")}),
	takes[none]("A method is none", keryx.Action{Name: "order:show", Web: keryx.Route{Method: "FETCH", Path: "/order"}}),
	takes[none]("Only names a transport that is none", keryx.Action{Name: "order:show", Only: []string{"http"}}),
	takes[none]("An internal action has a route", keryx.Action{Name: "order:show", Internal: true, Web: keryx.GET("/order")}),
	registers("A handler is nil", func(api *keryx.API) {
		keryx.Handle[none, string](api, keryx.Action{Name: "order:show"}, nil)
	}),
	registers("A middleware is nil", func(api *keryx.API) {
		keryx.Handle(api.Group(nil), keryx.Action{Name: "order:show"}, nothing)
	}),
	takes[string]("An input is no struct", keryx.Action{Name: "order:show"}),
	takes[*order]("An input is a pointer", keryx.Action{Name: "order:show"}),
	takes[struct {
		Done chan bool `json:"done"`
	}]("An input cannot be sent", keryx.Action{Name: "order:show"}),
	registers("A tag stands on a field that is not exported", func(api *keryx.API) {
		adds(api, reflect.StructField{Name: "id", PkgPath: "shop", Type: reflect.TypeFor[int](), Tag: `json:"id"`})
	}),
	registers("Two fields have one name", func(api *keryx.API) {
		adds(api, reflect.StructField{Name: "ID", Type: reflect.TypeFor[int](), Tag: `json:"id"`},
			reflect.StructField{Name: "Old", Type: reflect.TypeFor[int](), Tag: `json:"id"`})
	}),
	takes[struct {
		N int `json:"n" minimun:"1"`
	}]("A rule is misspelt", keryx.Action{Name: "order:show"}),
	takes[struct {
		N int `json:"n" minLength:"1"`
	}]("A rule is for another type", keryx.Action{Name: "order:show"}),
	takes[struct {
		N int `json:"n" minimum:"one"`
	}]("The value of a rule is none", keryx.Action{Name: "order:show"}),
	takes[struct {
		N int `json:"n" minimum:"5" maximum:"3"`
	}]("Rules contradict each other", keryx.Action{Name: "order:show"}),
	takes[struct {
		N int `json:"n" minimum:"5" default:"3"`
	}]("A default breaks a rule", keryx.Action{Name: "order:show"}),
	takes[struct {
		Mail string `json:"mail" format:"e-mail"`
	}]("A format is none", keryx.Action{Name: "order:show"}),
	takes[struct {
		Code string `json:"code" pattern:"[a-z"`
	}]("A pattern is no regular expression", keryx.Action{Name: "order:show"}),
	takes[struct {
		Size string `json:"size" enum:"s,m,l" default:"xl"`
	}]("A default is not in the enum", keryx.Action{Name: "order:show"}),
	takes[struct {
		Photo action.File `json:"photo"`
	}]("A file is asked for by GET", keryx.Action{Name: "order:show", Web: keryx.GET("/photo")}),
	registers("A result has no JSON", func(api *keryx.API) {
		keryx.Handle(api, keryx.Action{Name: "order:show"}, func(context.Context, none) (chan int, error) { return nil, nil })
	}),
	registers("Two channels fit the same names", func(api *keryx.API) {
		api.Channels.Handle(channel.Channel{Name: "room:{id}"})
		api.Channels.Handle(channel.Channel{Name: "room:{name}"})
	}),
	registers("A channel has no name", func(api *keryx.API) { api.Channels.Handle(channel.Channel{}) }),
	registers("A part is used twice", func(api *keryx.API) {
		api.Use(keryx.Initializer{Name: "mailer"}.Part(api), keryx.Initializer{Name: "mailer"}.Part(api))
	}),
	registers("A handler is mounted on a pattern that is none", func(api *keryx.API) { api.Web.Handle("GET", http.NotFoundHandler()) }),
	registers("An action is registered after Start", func(api *keryx.API) {
		if err := api.Start(context.Background()); err != nil {
			panic(err)
		}
		defer func() { _ = api.Stop(context.Background()) }()
		keryx.Handle(api, keryx.Action{Name: "order:show"}, nothing)
	}),
}

var boots = []mistake{
	{"A part depends on one that is not there", func(t *testing.T) string {
		api := keryx.New(options())
		api.Use(keryx.Initializer{Name: "mailer", DependsOn: []string{"redsi"}}.Part(api))
		return api.Start(t.Context()).Error()
	}},
	{"Parts depend on each other", func(t *testing.T) string {
		api := keryx.New(options())
		api.Use(keryx.Initializer{Name: "a", DependsOn: []string{"b"}}.Part(api), keryx.Initializer{Name: "b", DependsOn: []string{"a"}}.Part(api))
		return api.Start(t.Context()).Error()
	}},
	starts("No Redis is there", "REDIS_URL=redis://127.0.0.1:1"),
	starts("REDIS_URL is no URL", "REDIS_URL=127.0.0.1:6379"),
	starts("REDIS_URL has another scheme", "REDIS_URL=http://127.0.0.1:6379"),
	starts("REDIS_URL is misspelt", "REDIS_URL=embeded://"),
	starts("The embedded Redis is for production", "REDIS_URL=embedded://", "KERYX_ENV=production"),
	starts("No Postgres is there", "DATABASE_URL=postgres://shop@127.0.0.1:1/shop"),
	starts("DATABASE_URL has another scheme", "DATABASE_URL=mysql://shop@127.0.0.1/shop"),
	starts("The folder of the SQLite file is not there", "DATABASE_URL=sqlite:///nowhere/shop.db"),
	starts("A setting is no number", "WEB_SERVER_PORT=http"),
	starts("A setting is too large", "WEB_SERVER_PORT=80800"),
	starts("A setting is none of its words", "LOG_LEVEL=verbose"),
	starts("A duration has no such unit", "SESSION_TTL=1 day"),
	starts("The host of the server is no address of this machine", "WEB_SERVER_HOST=192.0.2.1"),
}

var migrations = []mistake{
	migrates("A migration has SQL that is none", "1_a.up.sql", "CREATE TABEL a (i int)"),
	migrates("A migration's name has no number", "users.up.sql", "CREATE TABLE a (i int)"),
	migrates("A migration's name does not say up or down", "1_users.sql", "CREATE TABLE a (i int)"),
	migrates("Two migrations have one number", "1_a.up.sql", "CREATE TABLE a (i int)", "1_b.up.sql", "CREATE TABLE b (i int)"),
	migrates("A migration has no up", "1_a.down.sql", "DROP TABLE a"),
	migrates("A migration is empty", "1_a.up.sql", ""),
}

func migrates(did string, files ...string) mistake {
	return mistake{did, func(t *testing.T) string {
		all := fstest.MapFS{}
		for i := 0; i < len(files); i += 2 {
			all[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
		}
		o := atShop()
		o.Migrations = all
		return fails(t, o, "start")
	}}
}

var commands = []mistake{
	runs("A command is misspelt", "strat"),
	runs("An action is misspelt", "order:shwo"),
	runs("A flag is missing", "order:show"),
	runs("A flag is misspelt", "order:show", "--di", "1"),
	runs("A flag has no value of its type", "order:show", "--id", "one"),
	runs("A new migration has no folder", "migrate", "new"),
}

func runs(did string, args ...string) mistake {
	return mistake{did, func(t *testing.T) string {
		return fails(t, atShop(), args...)
	}}
}

// pending is an app whose migrations are not applied at boot.
func pending(t *testing.T) string {
	o := plainLog("DATABASE_URL=sqlite://:memory:", "DATABASE_AUTO_MIGRATE=false")
	o.Migrations = fstest.MapFS{"1_orders.up.sql": {Data: []byte("CREATE TABLE orders (i int)")}}
	return warnings(boot(t, keryx.New(o), o))
}

// served are mistakes that a log warns of.
var served = []mistake{
	warns("A route repeats /api", func(api *keryx.API) {
		keryx.Handle(api, keryx.Action{Name: "order:list", Web: keryx.GET("/api/orders")}, nothing)
	}),
	{"Migrations are not applied", pending},
	warns("The environment is misspelt", func(*keryx.API) {}, "KERYX_ENV=prod"),
}

func warns(did string, register func(api *keryx.API), env ...string) mistake {
	return mistake{did, func(t *testing.T) string {
		o := plainLog(env...)
		api := keryx.New(o)
		register(api)
		return warnings(boot(t, api, o))
	}}
}

// warnings returns those of a log.
func warnings(log string) string {
	var all strings.Builder
	for line := range strings.Lines(log) {
		if text, ok := strings.CutPrefix(line, "WRN "); ok {
			all.WriteString(text)
		}
	}
	return strings.TrimSpace(all.String())
}

// services are mistakes that take a server to see.
var services = []mistake{
	{"The password of Redis is wrong", func(t *testing.T) string {
		u, err := url.Parse(redistest.Start(t, "--requirepass", "right").URL())
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword("default", "wrong")
		return fails(t, atShop("REDIS_URL="+u.String()), "start")
	}},
	{"Redis has a password, and REDIS_URL has none", func(t *testing.T) string {
		return fails(t, atShop("REDIS_URL=redis://"+redistest.Start(t, "--requirepass", "right").Addr()), "start")
	}},
	{"Redis does not speak TLS", func(t *testing.T) string {
		return fails(t, atShop("REDIS_URL=rediss://"+redistest.Start(t).Addr()), "start")
	}},
	{"Redis is read-only: a replica", func(t *testing.T) string {
		return fails(t, atShop("REDIS_URL="+redistest.Start(t, "--replicaof", "127.0.0.1", "1").URL()), "start")
	}},
	{"The database of Postgres is not there", func(t *testing.T) string {
		u, err := url.Parse(pgtest.Start(t).URL())
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/shop"
		return fails(t, atShop("DATABASE_URL="+u.String()), "start")
	}},
	{"The password of Postgres is wrong", func(t *testing.T) string {
		u, err := url.Parse(pgtest.Start(t).URL())
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(u.User.Username(), "wrong")
		return fails(t, atShop("DATABASE_URL="+u.String()), "start")
	}},
	{"Another process has the port", func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		text := fails(t, atShop("WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT="+port), "start")
		next, err := strconv.Atoi(port)
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(port, "8080", strconv.Itoa(next+1), "8081", filepath.Base(os.Args[0]), "shop").Replace(text)
	}},
}
