package keryx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
	_ "github.com/keryx-go/keryx/db/postgres"
	_ "github.com/keryx-go/keryx/db/sqlite"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
	_ "github.com/keryx-go/keryx/redis/embedded"
)

// options are those of an app that sees nothing of this machine.
func options(env ...string) keryx.Options {
	return keryx.Options{
		Environ: append([]string{
			"KERYX_ENV=test", "REDIS_URL=embedded://", "WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT=0",
		}, env...),
		DotEnv: "-", Stdout: new(bytes.Buffer), Stderr: new(bytes.Buffer),
	}
}

func Example() {
	api := keryx.New(keryx.Options{Name: "hello", Defaults: map[string]string{"REDIS_URL": "embedded://"}})
	keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello/{name}")},
		func(_ context.Context, in struct {
			Name string `json:"name" minLength:"2"`
		}) (string, error) {
			return "Hello, " + in.Name + "!", nil
		})

	// keryx.Main(api) would run the command line. Within the program:
	result, err := api.Act(context.Background(), "hello", keryx.Params{"name": "Ada"})
	fmt.Println(result, err)
	_, err = api.Act(context.Background(), "hello", keryx.Params{"name": "A"})
	fmt.Println(err)
	// Output:
	// Hello, Ada! <nil>
	// name must have at least 2 characters
}

func TestInitializersOfTheAppStartWithOurs(t *testing.T) {
	var log []string
	record := func(what string) func(context.Context, *keryx.API) error {
		return func(_ context.Context, api *keryx.API) error {
			if api.Redis.Client == nil {
				t.Error("redis has not started")
			}
			log = append(log, what)
			return nil
		}
	}
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := keryx.New(o)
		api.Use(
			keryx.Initializer{Name: "reports", DependsOn: []string{"mailer"}, Start: record("+reports"), Stop: record("-reports")}.Part(api),
			keryx.Initializer{Name: "mailer", DependsOn: []string{"redis"}, Stop: record("-mailer"), Start: func(ctx context.Context, api *keryx.API) error {
				if api.Web.URL() != "" {
					t.Error("the server serves before the app is ready")
				}
				return record("+mailer")(ctx, api)
			}}.Part(api),
		)
		return api
	}, keryxtest.Options{NoDatabase: true})
	if r := app.Get("/readyz"); r.Status != http.StatusOK {
		t.Errorf("not ready: %s", r.Body)
	}
	if err := app.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(log, " "), "+mailer +reports -reports -mailer +mailer +reports -reports -mailer"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBootErrors(t *testing.T) {
	failing := keryx.Initializer{Name: "mine", DependsOn: []string{"redis"}, Start: func(context.Context, *keryx.API) error {
		return errors.New("out of paper")
	}}
	for name, test := range map[string]struct {
		env  []string
		use  keryx.Initializer
		want []string
	}{
		"a setting":           {env: []string{"WEB_SERVER_PORT=abc"}, want: []string{`WEB_SERVER_PORT="abc"`}},
		"two settings":        {env: []string{"WEB_SERVER_PORT=abc", "LOG_FORMAT=xml"}, want: []string{"WEB_SERVER_PORT", "LOG_FORMAT"}},
		"a driver":            {env: []string{"DATABASE_URL=mysql://u:hidden@h/d"}, want: []string{"mysql"}},
		"a dependency":        {use: keryx.Initializer{Name: "a", DependsOn: []string{"ghost"}}, want: []string{`"a" depends on "ghost"`}},
		"a cycle":             {use: keryx.Initializer{Name: "a", DependsOn: []string{"a"}}, want: []string{"a → a"}},
		"an initializer":      {use: failing, want: []string{"cannot start mine: out of paper"}},
		"embedded in earnest": {env: []string{"KERYX_ENV=production"}, want: []string{"production"}},
	} {
		t.Run(name, func(t *testing.T) {
			api := keryx.New(options(test.env...))
			if test.use.Name != "" {
				api.Use(test.use.Part(api))
			}
			err := api.Start(t.Context())
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
			if err != nil && strings.Contains(err.Error(), "hidden") {
				t.Errorf("the password shows: %v", err)
			}
			if err := api.Stop(t.Context()); err != nil {
				t.Errorf("stop after a failed start: %v", err)
			}
		})
	}
}

// TestRedisThatCannotBeReached is the default app on a machine without Redis.
func TestRedisThatCannotBeReached(t *testing.T) {
	slow.Skip(t, "it waits for timeouts")
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // a black hole: it accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for name, url := range map[string]string{
		"refused":    "redis://someone:hidden@127.0.0.1:1/0",
		"black hole": "redis://someone:hidden@" + listener.Addr().String() + "/0",
	} {
		t.Run(name, func(t *testing.T) {
			o := options("REDIS_URL=" + url)
			begun := time.Now()
			if code := keryx.New(o).Run(t.Context(), []string{"start"}); code != 1 {
				t.Errorf("exit code %d", code)
			}
			if took := time.Since(begun); took > 10*time.Second { // the promise is 3 s; this only tells hanging from working
				t.Errorf("it took %v", took)
			}
			said := o.Stderr.(*bytes.Buffer).String()
			if strings.Count(said, "\n") != 1 || !strings.Contains(said, "cannot connect to redis (redis://someone:***@127.0.0.1:") ||
				!strings.Contains(said, "REDIS_URL") || strings.Contains(said, "hidden") {
				t.Errorf("it said %q", said)
			}
		})
	}
}

func TestStartStopStress(t *testing.T) {
	api := keryx.New(options("DATABASE_URL=sqlite://:memory:"))
	chance := 0
	api.Use(keryx.Initializer{Name: "flaky", DependsOn: []string{"database"}, Start: func(context.Context, *keryx.API) error {
		if chance++; chance%3 == 0 { // starts happen one at a time
			return errors.New("chance")
		}
		return nil
	}}.Part(api))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 8 {
				_ = api.Start(context.Background())
				if err := api.Stop(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if url := api.Web.URL(); url != "" {
		t.Errorf("still listening on %s", url)
	}
}

func TestTwoAppsSideBySide(t *testing.T) {
	create := func(name string) func(keryx.Options) *keryx.API {
		return func(o keryx.Options) *keryx.API {
			api := keryx.New(o)
			keryx.Handle(api, keryx.Action{Name: "who", Web: keryx.GET("/who")},
				func(ctx context.Context, _ struct{}) (string, error) {
					return name, api.Redis.Client.Set(ctx, "who", name, 0).Err()
				})
			return api
		}
	}
	a, b := keryxtest.Start(t, create("a"), keryxtest.Options{NoDatabase: true}), keryxtest.Start(t, create("b"), keryxtest.Options{NoDatabase: true})
	a.Get("/api/who")
	b.Get("/api/who")
	for name, app := range map[string]*keryxtest.App{"a": a, "b": b} {
		if got := app.Redis.Client.Get(t.Context(), "who").Val(); got != name {
			t.Errorf("the Redis of %s says %q", name, got)
		}
	}
}

func TestReadinessTellsTheTruth(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	app := keryxtest.Start(t, keryx.New, keryxtest.Options{})
	if r := app.Get("/readyz"); r.Status != 200 || !strings.Contains(r.Body, `"database":"ok"`) {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if err := app.DB.Close(); err != nil {
		t.Fatal(err)
	}
	if r := app.Get("/readyz"); r.Status != 503 || strings.Contains(r.Body, `"database":"ok"`) || !strings.Contains(r.Body, `"redis":"ok"`) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := app.Get("/livez"); r.Status != 200 {
		t.Errorf("livez: %d", r.Status)
	}
}

// TestABusyAppIsReady: an app whose connections are all in use is not one that
// has lost its database and its Redis.
func TestABusyAppIsReady(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	for _, embedded := range []bool{false, true} {
		app := keryxtest.Start(t, keryx.New, keryxtest.Options{Embedded: embedded, Env: map[string]string{"DATABASE_POOL_MAX": "2"}})
		for range 2 {
			conn, err := app.DB.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
		}
		size := app.Redis.Client.(*goredis.Client).Options().PoolSize
		var waiting sync.WaitGroup
		for range size {
			waiting.Go(func() { _ = app.Redis.Client.BLPop(context.Background(), 0, "nothing").Err() })
		}
		for s := app.Redis.Client.PoolStats(); int(s.TotalConns-s.IdleConns) < size; s = app.Redis.Client.PoolStats() {
			runtime.Gosched()
		}
		if r := app.Get("/readyz"); r.Status != 200 {
			t.Errorf("embedded %v: %d %s", embedded, r.Status, r.Body)
		}
		for range size {
			if err := app.Redis.Subscription.RPush(t.Context(), "nothing", 1).Err(); err != nil {
				t.Fatal(err)
			}
		}
		waiting.Wait()
	}
}

func TestConfigCommandMasksSecrets(t *testing.T) {
	o := options("DATABASE_URL=postgres://me:hidden@db/app", "WEB_SERVER_PORT_TEST=9000")
	if code := keryx.New(o).Run(t.Context(), []string{"config"}); code != 0 {
		t.Errorf("exit code %d: %s", code, o.Stderr)
	}
	said := o.Stdout.(*bytes.Buffer).String()
	for _, want := range []string{"DATABASE_URL", "9000", "WEB_SERVER_PORT_TEST", "built-in"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in\n%s", want, said)
		}
	}
	if strings.Contains(said, "hidden") {
		t.Errorf("the password shows:\n%s", said)
	}
}
