package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/web"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// settings returns the WEB_* settings with some of them set.
func settings(t testing.TB, env ...string) (s web.Settings) {
	t.Helper()
	set := config.Open(config.Options{Environ: append([]string{"KERYX_ENV=test"}, env...), DotEnv: "-"})
	if err := set.Bind("", &s); err != nil {
		t.Fatal(err)
	}
	return s
}

type options struct {
	env    []string
	logger *slog.Logger
	checks []web.Check
	files  fstest.MapFS
	action action.Options
	hide   bool

	statuses fault.Statuses
}

// serve returns the URL of a server with the actions that register adds.
func serve(t testing.TB, o options, register func(*action.Registry, *web.Server)) string {
	t.Helper()
	if o.logger == nil {
		o.logger = slog.New(slog.DiscardHandler)
	}
	if o.action.Logger == nil {
		o.action.Logger = o.logger
	}
	registry := action.NewRegistry(o.action)
	opts := web.Options{
		Config: settings(t, o.env...), Actions: registry, Name: "tester", Logger: o.logger,
		Checks: o.checks, HideInternals: o.hide, Statuses: o.statuses,
	}
	if o.files != nil {
		opts.Static = o.files
	}
	s := web.New(opts)
	if register != nil {
		register(registry, s)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends one request over a connection of its own. A path is sent as it is
// written.
func ask(t testing.TB, method, url, contentType, body string, headers ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.Close = true
	response, err := new(http.Transport).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(data)}
}

// record answers a request without a connection.
func record(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (r reply) expect(t *testing.T, status int, parts ...string) {
	t.Helper()
	if r.status != status {
		t.Errorf("status %d, want %d: %s", r.status, status, r.body)
	}
	for _, part := range parts {
		if !strings.Contains(r.body, part) {
			t.Errorf("%s\nis missing in %s", part, r.body)
		}
	}
}

type echoInput struct {
	ID   int64    `json:"id" minimum:"1"`
	Name string   `json:"name,omitempty"`
	Tags []string `json:"tags,omitempty"`
}

type echoOutput struct {
	ID            int64    `json:"id"`
	Name          string   `json:"name"`
	Tags          []string `json:"tags"`
	Transport     string   `json:"transport"`
	CorrelationID string   `json:"correlationId"`
}

func echo(ctx context.Context, in echoInput) (echoOutput, error) {
	c := connection.From(ctx)
	return echoOutput{in.ID, in.Name, in.Tags, c.Transport, c.CorrelationID}, nil
}

func echoes(r *action.Registry, _ *web.Server) {
	action.Handle(r, action.Action{Name: "echo:show", Web: action.GET("/echo/{id}")}, echo)
	action.Handle(r, action.Action{Name: "echo:create", Web: action.PUT("/echo")}, echo)
	action.Handle(r, action.Action{Name: "echo:edit", Web: action.POST("/echo/{id}")}, echo)
	action.Handle(r, action.Action{Name: "hidden"}, echo)
}

func TestParamsComeFromEverywhere(t *testing.T) {
	url := serve(t, options{}, echoes)
	const form, multi = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
	part := func(name, value string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	for name, test := range map[string]struct {
		method, path, contentType, body string
		want                            string
	}{
		"path":                     {"GET", "/api/echo/5", "", "", `"id":5`},
		"query":                    {"GET", "/api/echo/5?name=a&tags=x&tags=y", "", "", `"name":"a","tags":["x","y"]`},
		"escaped":                  {"GET", "/api/echo/5?name=%C3%A4+b", "", "", `"name":"ä b"`},
		"path beats query":         {"GET", "/api/echo/5?id=6&id=7", "", "", `"id":5`},
		"path beats body":          {"POST", "/api/echo/5?id=6", "application/json", `{"id":7}`, `"id":5`},
		"body beats query":         {"PUT", "/api/echo?id=5&name=q", "application/json", `{"name":"b"}`, `"id":5,"name":"b"`},
		"JSON":                     {"PUT", "/api/echo", "application/json; charset=utf-8", `{"id":5,"tags":["x"]}`, `"tags":["x"]`},
		"form":                     {"PUT", "/api/echo", form, "id=5&tags=x&tags=y", `"tags":["x","y"]`},
		"multipart":                {"PUT", "/api/echo", multi, part("id", "5") + part("name", "n") + "--x--\r\n", `"name":"n"`},
		"body of a GET is ignored": {"GET", "/api/echo/5", "application/json", `{"name":"b"}`, `"name":""`},
		"an empty body":            {"POST", "/api/echo/5", "application/json", ``, `"id":5`},
	} {
		t.Run(name, func(t *testing.T) {
			ask(t, test.method, url+test.path, test.contentType, test.body).expect(t, 200, test.want)
		})
	}
}

func TestBadRequests(t *testing.T) {
	url := serve(t, options{env: []string{"WEB_MAX_BODY_SIZE=100"}}, echoes)
	const js = "application/json"
	for name, test := range map[string]struct {
		method, path, contentType, body string
		status                          int
		want                            string
	}{
		"missing":            {"PUT", "/api/echo", js, `{}`, 406, `"message":"Missing required param: id","type":"CONNECTION_ACTION_PARAM_REQUIRED"`},
		"key and value":      {"GET", "/api/echo/x", "", "", 406, `"key":"id","value":"x"`},
		"broken JSON":        {"PUT", "/api/echo", js, `{"id":`, 400, `"message":"cannot parse request body: it ends too early"`},
		"array":              {"PUT", "/api/echo", js, `[1]`, 400, `cannot parse request body: expected a JSON object, got an array`},
		"twice the key":      {"PUT", "/api/echo", js, `{"id":1,"id":2}`, 400, `the key \"id\" occurs twice`},
		"invalid UTF-8":      {"PUT", "/api/echo", js, "{\"id\":1,\"name\":\"\xff\"}", 400, `cannot parse request body: invalid UTF-8`},
		"NUL":                {"PUT", "/api/echo", js, `{"id":1,"name":"a\u0000"}`, 406, `name must not contain NUL characters`},
		"NUL in the query":   {"GET", "/api/echo/1?name=a%00", "", "", 406, `name must not contain NUL characters`},
		"bytes in the path":  {"GET", "/api/echo/%ff", "", "", 406, `id must be a whole number`},
		"huge number":        {"PUT", "/api/echo", js, `{"id":123456789012345678901234567890}`, 406, `id must be between 1 and 9223372036854775807`},
		"deep":               {"PUT", "/api/echo", js, strings.Repeat(`[`, 99), 400, `cannot parse request body`},
		"repeated scalar":    {"GET", "/api/echo/1?name=a&name=b", "", "", 406, `name must be a single value`},
		"bad query":          {"GET", "/api/echo/1?name=%zz", "", "", 400, `cannot parse the query`},
		"bad form":           {"PUT", "/api/echo", "application/x-www-form-urlencoded", "id=%zz", 400, `cannot parse request body`},
		"bad multipart":      {"PUT", "/api/echo", "multipart/form-data; boundary=x", "nonsense", 400, `cannot parse request body`},
		"no boundary":        {"PUT", "/api/echo", "multipart/form-data", "x", 400, `cannot parse request body`},
		"unknown type":       {"PUT", "/api/echo", "text/csv", "1,2", 415, `unsupported Content-Type text/csv`},
		"no type":            {"PUT", "/api/echo", "", "{}", 415, `it has no Content-Type`},
		"nonsense type":      {"PUT", "/api/echo", ";;", "{}", 415, `unsupported Content-Type`},
		"no such action":     {"GET", "/api/none", "", "", 404, `"message":"Action not found","type":"CONNECTION_ACTION_NOT_FOUND"`},
		"an unrouted action": {"GET", "/api/hidden", "", "", 404, `Action not found`},
		"wrong method":       {"DELETE", "/api/echo/1", "", "", 405, `Method not allowed: DELETE (allowed: GET, HEAD, POST)`},
		"well-known":         {"GET", "/.well-known/openid-configuration", "", "", 404, ``},
		"well-known below":   {"GET", "/api/.well-known/x", "", "", 404, ``},
	} {
		t.Run(name, func(t *testing.T) {
			r := ask(t, test.method, url+test.path, test.contentType, test.body)
			r.expect(t, test.status, test.want)
			if strings.HasPrefix(r.body, `{"error"`) && !strings.Contains(r.body, `"timestamp":`) {
				t.Errorf("no timestamp in %s", r.body)
			}
		})
	}
}

func TestBodyLimit(t *testing.T) {
	url := serve(t, options{env: []string{"WEB_MAX_BODY_SIZE=100"}}, echoes)
	body := func(size int) string {
		const frame = `{"id":1,"name":""}`
		return `{"id":1,"name":"` + strings.Repeat("x", size-len(frame)) + `"}`
	}
	ask(t, "PUT", url+"/api/echo", "application/json", body(100)).expect(t, 200)
	ask(t, "PUT", url+"/api/echo", "application/json", body(101)).expect(t, 413, "Payload Too Large")

	chunked := func(size int) reply {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", url+"/api/echo", io.MultiReader(strings.NewReader(body(size))))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Close = true
		response, err := new(http.Transport).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		data, _ := io.ReadAll(response.Body)
		return reply{response.StatusCode, response.Header, string(data)}
	}
	chunked(100).expect(t, 200)
	chunked(101).expect(t, 413, "Payload Too Large")
}

type picky struct{}

func (picky) ServeHTTP(http.ResponseWriter, *http.Request) { panic("raw") }

type half struct{}

func (half) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte(strings.Repeat("x", 100_000)))
	panic("half")
}

func TestHandlersThatFail(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for _, hide := range []bool{false, true} {
		o := options{hide: hide, action: action.Options{HideInternals: hide}}
		if hide {
			o.env = []string{"KERYX_ENV=production"}
		}
		url := serve(t, o, func(r *action.Registry, _ *web.Server) {
			handle := func(name string, f func(context.Context) (any, error)) {
				action.Handle(r, action.Action{Name: name, Web: action.GET("/" + name), Timeout: 50 * time.Millisecond},
					func(ctx context.Context, _ struct{}) (any, error) { return f(ctx) })
			}
			handle("panic", func(context.Context) (any, error) { panic("secret plans") })
			handle("error", func(context.Context) (any, error) { return nil, errors.New("secret plans") })
			handle("typed", func(context.Context) (any, error) {
				return nil, &fault.Error{Type: fault.ConnectionSessionNotFound, Message: "Session not found"}
			})
			handle("deaf", func(context.Context) (any, error) { <-release; return nil, nil })
			handle("channel", func(context.Context) (any, error) { return make(chan int), nil })
			handle("raw", func(context.Context) (any, error) { return picky{}, nil })
			handle("half", func(context.Context) (any, error) { return half{}, nil })
		})
		for path, want := range map[string][2]string{
			"panic":   {"500", "CONNECTION_SERVER_ERROR"},
			"error":   {"500", "CONNECTION_ACTION_RUN"},
			"typed":   {"401", "Session not found"},
			"deaf":    {"408", "Action 'deaf' timed out after 50ms"},
			"channel": {"500", "CONNECTION_SERVER_ERROR"},
			"raw":     {"500", "CONNECTION_SERVER_ERROR"},
		} {
			r := ask(t, "GET", url+"/api/"+path, "", "")
			if !strings.Contains(r.body, want[1]) || want[0] != strconv.Itoa(r.status) {
				t.Errorf("%s: %d: %s", path, r.status, r.body)
			}
			if leaks := strings.Contains(r.body, "secret plans"); leaks == hide && (path == "panic" || path == "error") {
				t.Errorf("%s with HideInternals=%v says %s", path, hide, r.body)
			}
			if strings.Contains(r.body, `"stack"`) == hide {
				t.Errorf("%s with HideInternals=%v: stack is wrong in %s", path, hide, r.body)
			}
		}
		r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/api/half", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Close = true
		response, err := new(http.Transport).RoundTrip(r)
		if err == nil {
			_, err = io.ReadAll(response.Body)
			_ = response.Body.Close()
		}
		if err == nil {
			t.Error("half an answer passed for a whole one")
		}
	}
}
