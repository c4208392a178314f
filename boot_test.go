package keryx_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/redistest"
)

// plainLog returns options for a log that tests compare.
func plainLog(env ...string) keryx.Options {
	return options(append([]string{"LOG_FORMAT=text", "LOG_COLORIZE=false", "LOG_INCLUDE_TIMESTAMPS=false", "API_DOCS_ENABLED=false"}, env...)...)
}

// boot starts and stops an app, and returns its log.
func boot(t *testing.T, api *keryx.API, o keryx.Options) string {
	t.Helper()
	if err := api.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := api.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(o.Stderr)
}

// TestBootLogsWhatClientsReach, and nothing of the actions that they do not.
func TestBootLogsWhatClientsReach(t *testing.T) {
	o := plainLog("LOG_LEVEL=debug")
	api := keryx.New(o)
	for _, a := range []keryx.Action{
		{Name: "routed", Web: keryx.GET("/a")},
		{Name: "hidden"},
		{Name: "opened", Only: []string{keryx.CLI, keryx.WebSocket}},
		{Name: "web-only", Web: keryx.GET("/b"), Only: []string{keryx.Web}},
		{Name: "shell-only", Web: keryx.GET("/c"), Only: []string{keryx.CLI}},
	} {
		keryx.Handle(api, a, func(context.Context, struct{}) (any, error) { return nil, nil })
	}
	log := boot(t, api, o)
	for _, want := range []string{
		"DBG route method=GET path=/api/a action=routed\n", "DBG no route action=opened only=\"websocket cli\"\n",
		"DBG route method=GET path=/api/b action=web-only only=web\n", "INF routes actions=2 handlers=0\n",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	if strings.Contains(log, "hidden") || strings.Contains(log, "shell-only") || t.Failed() {
		t.Errorf("the log is\n%s", log)
	}
}

func nothing(context.Context, struct{}) (any, error) { return nil, nil }

// TestBootLogsWhatIsOpen to everybody, in one line.
func TestBootLogsWhatIsOpen(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct {
		env      []string
		register func(*keryx.API)
		want     string // "": no line
	}{
		"nothing": {env: []string{"WEB_SERVER_STATIC_DIRECTORY=" + filepath.Join(dir, "none")}},
		"some": {
			env: []string{"WEB_SERVER_STATIC_DIRECTORY=" + dir},
			register: func(api *keryx.API) {
				keryx.Handle(api, keryx.Action{Name: "a", Web: keryx.GET("/a")}, nothing)
				keryx.Handle(api, keryx.Action{Name: "b", Only: []string{keryx.WebSocket}}, nothing)
				keryx.Handle(api, keryx.Action{Name: "hidden"}, nothing)
				keryx.Handle(api.Group(auth.Require), keryx.Action{Name: "guarded", Web: keryx.GET("/g")}, nothing)
				api.Channels.Handle(channel.Channel{Name: "news"})
				api.Channels.Handle(channel.Channel{Name: "mine", Authorize: func(context.Context, *channel.Join) error { return nil }})
				api.Web.Handle("/metrics", http.NotFoundHandler())
				serve := func(http.ResponseWriter, *http.Request) error { return nil }
				api.Web.HandleFunc("/status", serve)
				api.Web.HandleFunc("/debug/", serve, auth.RequireRole("admin"))
			},
			want: `INF open to everybody actions="a, b" handlers="/metrics, /status" files="/ from ` + dir + `" channels=1`,
		},
		"the document": {
			env:  []string{"WEB_SERVER_STATIC_ENABLED=false", "API_DOCS_ENABLED=true"},
			want: `INF open to everybody handlers="GET /api/openapi.json, GET /api/swagger, GET /api/asyncapi.json"`,
		},
		"without WebSockets": {
			env: []string{"WS_ENABLED=false", "WEB_SERVER_STATIC_ENABLED=false"},
			register: func(api *keryx.API) {
				keryx.Handle(api, keryx.Action{Name: "a", Web: keryx.GET("/a")}, nothing)
				keryx.Handle(api, keryx.Action{Name: "b", Only: []string{keryx.WebSocket}}, nothing)
				api.Channels.Handle(channel.Channel{Name: "news"})
			},
			want: `INF open to everybody actions=a`,
		},
		"many": {
			env: []string{"WEB_SERVER_STATIC_ENABLED=false"},
			register: func(api *keryx.API) {
				for i := range 100 {
					name := fmt.Sprintf("n%d", i)
					keryx.Handle(api, keryx.Action{Name: name, Web: keryx.GET("/" + name)}, nothing)
				}
			},
			want: `INF open to everybody actions="n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15, n16, n17, n18, n19 and 80 more"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := plainLog(test.env...)
			api := keryx.New(o)
			if test.register != nil {
				test.register(api)
			}
			log := boot(t, api, o)
			if test.want == "" && strings.Contains(log, "open to everybody") || !strings.Contains(log, test.want) {
				t.Errorf("want %s in\n%s", test.want, log)
			}
		})
	}
	o := plainLog()
	o.Static = fstest.MapFS{}
	if log := boot(t, keryx.New(o), o); !strings.Contains(log, `files="/ from the app"`) {
		t.Errorf("the log is\n%s", log)
	}
}

// TestStaticDir serves the folder of an embedded file system, and refuses one that is not
// there.
func TestStaticDir(t *testing.T) {
	o := plainLog()
	o.Static, o.StaticDir = fstest.MapFS{"assets/page.html": {Data: []byte("a page")}, "secret.txt": {Data: []byte("a secret")}}, "assets"
	api := keryx.New(o)
	for path, want := range map[string]int{"/page.html": 200, "/assets/page.html": 404, "/secret.txt": 404} {
		w := httptest.NewRecorder()
		api.Web.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for want, change := range map[string]func(*keryx.Options){
		"Options.StaticDir is set, and Static is not":       func(o *keryx.Options) { o.Static = nil },
		`Options.StaticDir "asets": `:                       func(o *keryx.Options) { o.StaticDir = "asets" },
		`Options.StaticDir "/assets": sub /assets: invalid`: func(o *keryx.Options) { o.StaticDir = "/assets" },
		`Options.StaticDir "secret.txt": `:                  func(o *keryx.Options) { o.StaticDir = "secret.txt" },
	} {
		o := o
		change(&o)
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "keryx: "+want) {
					t.Errorf("got %s, want %s", got, want)
				}
			}()
			keryx.New(o)
		}()
	}
}

func TestBootWarnsOfTheEnvironment(t *testing.T) {
	for env, want := range map[string]string{
		"KERYX_ENV=prod": `WRN KERYX_ENV is "prod": did you mean production?`, "KERYX_ENV=Productoin": `is "productoin": did you mean production?`,
		"KERYX_ENV=dev": "did you mean development?", "KERYX_ENV=tests": "did you mean test?",
		"KERYX_ENV= NODE_ENV=prod": `WRN NODE_ENV is "prod": did you mean production?`,
		"KERYX_ENV=staging":        "", "KERYX_ENV=test": "", "KERYX_ENV=development": "", "KERYX_ENV=eu-west": "",
	} {
		o := plainLog(strings.Fields(env)...)
		log := boot(t, keryx.New(o), o)
		if want == "" && strings.Contains(log, "did you mean") || !strings.Contains(log, want) {
			t.Errorf("%s: the log is\n%s", env, log)
		}
	}
}

// TestBootWarnsOfDangers: in production, of each setting that is dangerous there.
func TestBootWarnsOfDangers(t *testing.T) {
	const production = "KERYX_ENV=production SESSION_COOKIE_SECURE=true"
	for env, want := range map[string]string{
		production: "",
		"KERYX_ENV=development RATE_LIMIT_ENABLED=false":              "",
		"KERYX_ENV=production":                                        "SESSION_COOKIE_SECURE",
		production + " SESSION_COOKIE_HTTP_ONLY=false":                "SESSION_COOKIE_HTTP_ONLY",
		production + " SESSION_COOKIE_SAME_SITE=none":                 "SESSION_COOKIE_SAME_SITE",
		production + " WEB_SERVER_CROSS_ORIGIN_PROTECTION=false":      "WEB_SERVER_CROSS_ORIGIN_PROTECTION",
		production + " WEB_SERVER_INCLUDE_STACK_IN_ERRORS=true":       "WEB_SERVER_INCLUDE_STACK_IN_ERRORS",
		production + " WEB_SERVER_TRUSTED_PROXIES=10.0.0.0/8,::/0":    "WEB_SERVER_TRUSTED_PROXIES",
		production + " WEB_SECURITY_CSP=":                             "WEB_SECURITY_CSP",
		production + " WS_ALLOWED_ORIGINS=*":                          "WS_ALLOWED_ORIGINS",
		production + " WS_MAX_MESSAGES_PER_SECOND=0":                  "WS_MAX_MESSAGES_PER_SECOND",
		production + " WS_MAX_MESSAGES_PER_SECOND=0 WS_ENABLED=false": "",
		production + " RATE_LIMIT_ENABLED=false":                      "RATE_LIMIT_ENABLED",
		production + " CLI_ALLOW_AS=true":                             "CLI_ALLOW_AS",
		production + " LOG_LEVEL=trace":                               "LOG_LEVEL",
	} {
		o := plainLog(append(strings.Fields(env), "REDIS_URL="+redistest.Start(t).URL())...)
		var got []string
		for line := range strings.SplitSeq(boot(t, keryx.New(o), o), "\n") {
			if _, rest, found := strings.Cut(line, "WRN dangerous in production setting="); found {
				got = append(got, strings.Fields(rest)[0])
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: warned of %q", env, got)
		}
	}
}

// TestBootWarnsOfTheTemporaryDirectory, if an action takes files.
func TestBootWarnsOfTheTemporaryDirectory(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	type one struct {
		File keryx.File `json:"file"`
	}
	type many struct {
		Files []keryx.File `json:"files"`
	}
	for name, test := range map[string]struct {
		register func(*keryx.API)
		warned   bool
	}{
		"no file": {func(api *keryx.API) { keryx.Handle(api, keryx.Action{Name: "a", Web: keryx.POST("/a")}, nothing) }, false},
		"a file": {func(api *keryx.API) {
			keryx.Handle(api, keryx.Action{Name: "a", Web: keryx.POST("/a")}, func(context.Context, one) (any, error) { return nil, nil })
		}, true},
		"files": {func(api *keryx.API) {
			keryx.Handle(api, keryx.Action{Name: "a", Web: keryx.POST("/a")}, func(context.Context, many) (any, error) { return nil, nil })
		}, true},
		"not over HTTP": {func(api *keryx.API) {
			keryx.Handle(api, keryx.Action{Name: "a"}, func(context.Context, one) (any, error) { return nil, nil })
		}, false},
	} {
		o := plainLog()
		api := keryx.New(o)
		test.register(api)
		if log := boot(t, api, o); strings.Contains(log, "WRN uploads over 1 MiB will fail") != test.warned {
			t.Errorf("%s: the log is\n%s", name, log)
		}
	}
}

// TestTheNameOfTheProcess is that of the app, unless a setting has another.
func TestTheNameOfTheProcess(t *testing.T) {
	for _, test := range []struct {
		name, byDefault string
		env             []string
		want            string
	}{
		{"shop", "", nil, "shop"}, {"shop", "worker", nil, "worker"}, {"shop", "", []string{"PROCESS_NAME=web-1"}, "web-1"}, {"", "", nil, "server"},
	} {
		o := options(test.env...)
		o.Name = test.name
		if test.byDefault != "" {
			o.Defaults = map[string]string{"PROCESS_NAME": test.byDefault}
		}
		before := len(o.Defaults)
		if got := keryx.New(o).Config.Process.Name; got != test.want || len(o.Defaults) != before {
			t.Errorf("%+v: %q, defaults %v", test, got, o.Defaults)
		}
	}
}
