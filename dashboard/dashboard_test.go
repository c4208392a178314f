package dashboard_test

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/dashboard"
	"github.com/keryx-go/keryx/keryxtest"
)

type address struct {
	Street string   `json:"street" doc:"With the number."`
	Former *address `json:"former,omitempty"`
}

type input struct {
	ID      int               `json:"id" minimum:"1"`
	Name    string            `json:"name" minLength:"1" maxLength:"20" example:"O'Brien"`
	Size    string            `json:"size" enum:"s,m" default:"m"`
	Age     int8              `json:"age,omitempty"`
	Tags    []string          `json:"tags,omitempty" maxItems:"3"`
	At      time.Time         `json:"at"`
	Home    address           `json:"home"`
	More    map[string]string `json:"more,omitempty"`
	Secret  string            `json:"secret" secret:"true"`
	Trace   string            `json:"trace,omitempty" header:"X-Trace"`
	Evil    string            `json:"evil,omitempty" doc:"<script>alert(1)</script>"`
	Unasked bool              `json:"unasked,omitempty" deprecated:"true"`
}

type output struct {
	ID   int       `json:"id" doc:"Of the order."`
	Home *address  `json:"home"`
	List []address `json:"list"`
}

// start runs an app with the page, and returns it.
func start(t *testing.T, around func(http.Handler) http.Handler, env map[string]string) *keryxtest.App {
	t.Helper()
	return keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		o.Name, o.Description = "shop", `<b>bold</b> & "quoted"`
		api := keryx.New(o)
		keryx.Handle(api.Group(auth.Require), keryx.Action{
			Name: "order:edit", Description: `<img src=x onerror="alert(1)">`, Web: keryx.POST("/order/{id}"), Deprecated: "use order:change",
		}, func(context.Context, input) (output, error) { return output{}, nil })
		keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello")}, func(context.Context, struct {
			Q string `json:"q"`
		}) (string, error) {
			return "", nil
		})
		keryx.Handle(api, keryx.Action{Name: "inner", Internal: true}, func(context.Context, struct{}) (string, error) { return "", nil })
		keryx.Handle(api, keryx.Action{Name: "live", Only: []string{keryx.WebSocket}}, func(context.Context, struct{}) (string, error) { return "", nil })
		api.Channels.Handle(channel.Channel{Name: "room:{id}", Description: "A room.", Sends: reflect.TypeFor[output](), History: channel.Last(10, time.Hour)})
		api.Use(dashboard.New(dashboard.Options{Actions: api.Actions, Channels: api.Channels, OpenAPI: api.OpenAPI, Around: around}))
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true, Env: env})
}

// TestPage: the page has what is to be known of each action, and nothing of the app's
// texts becomes markup.
func TestPage(t *testing.T) {
	app := start(t, nil, nil)
	res := app.Client().Get("/docs").Expect(http.StatusOK)
	if policy := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %s", policy)
	}
	for _, want := range []string{
		`<h1>shop</h1>`, `&lt;b&gt;bold&lt;/b&gt;`, `&lt;img src=x`, `&lt;script&gt;alert(1)&lt;/script&gt;`, `Deprecated: use order:change`,
		`<strong>Who may call:</strong> login`, `<strong>Who may call:</strong> everybody`, `<strong>Who may call:</strong> the app and its command line`,
		`1 to 20 characters`, `one of &#34;s&#34;, &#34;m&#34;, null; default &#34;m&#34;`, `at most 3 items`, `at least 1`, `header <code>X-Trace</code>`, `string (date-time)`,
		`former?: address`, `// With the number.`, `id: integer (int64)  // Of the order.`, `type="password"`,
		`curl -X POST`, `/api/order/1`, `O&#39;\&#39;&#39;Brien`, `{&#34;messageType&#34;:&#34;action&#34;,&#34;action&#34;:&#34;live&#34;,&#34;messageId&#34;:1}`,
		`shop hello --q text`, `room:{id}`, `last 10 messages, 1h0m0s`, `<code>401</code> Unauthorized`,
	} {
		if !strings.Contains(res.Body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, bad := range []string{"<script>alert", "<img", "style=", "onclick", "at least -128"} {
		if strings.Contains(res.Body, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if t.Failed() {
		t.Log(res.Body)
	}
}

func TestFiles(t *testing.T) {
	c := start(t, nil, nil).Client()
	for path, kind := range map[string]string{
		"/docs/openapi": "text/html", "/docs/openapi.json": "application/json", "/docs/assets/page.js": "text/javascript",
		"/docs/assets/page.css": "text/css", "/docs/assets/swagger-ui-bundle.js": "text/javascript", "/docs/assets/swagger-ui-NOTICE.txt": "text/plain",
	} {
		if res := c.Get(path).Expect(http.StatusOK); !strings.HasPrefix(res.Header.Get("Content-Type"), kind) || res.Header.Get("ETag") == "" || len(res.Body) < 50 {
			t.Errorf("%s: %v, %d bytes", path, res.Header, len(res.Body))
		}
	}
	for _, path := range []string{"/docs/assets/none.js", "/docs/assets/page", "/docs/assets/..%2fpage.html", "/docs/none"} {
		c.Get(path).Expect(http.StatusNotFound)
	}
	res := c.WithHeader("Accept-Encoding", "identity").Get("/docs/assets/swagger-ui.css").Expect(http.StatusOK)
	if !strings.Contains(res.Body, ".swagger-ui") {
		t.Errorf("the style sheet is %.40q", res.Body)
	}
}

// TestWhoReads: the page is closed in production, and behind what the app puts around it.
func TestWhoReads(t *testing.T) {
	closed := start(t, nil, map[string]string{"KERYX_ENV": "production"})
	open := start(t, nil, map[string]string{"KERYX_ENV": "production", "DASHBOARD_ENABLED": "true", "DASHBOARD_ROUTE": "/internal/api"})
	guarded := start(t, func(http.Handler) http.Handler { return http.NotFoundHandler() }, nil)
	paths := []string{"", "/openapi", "/openapi.json", "/assets/page.js"}
	for _, path := range paths {
		closed.Client().Get("/docs" + path).Expect(http.StatusNotFound)
		guarded.Client().Get("/docs" + path).Expect(http.StatusNotFound)
		open.Client().Get("/docs" + path).Expect(http.StatusNotFound)
		res := open.Client().Get("/internal/api" + path).Expect(http.StatusOK)
		if strings.Contains(res.Body, "/docs") {
			t.Errorf("%s names another route", path)
		}
	}
}

func TestNewPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it does not panic")
		}
	}()
	dashboard.New(dashboard.Options{})
}
