package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/web"
)

// TestWhoMayIsAskedFirst: a caller that is refused is told so before any of the body is
// read. The client here waits with its body until it is asked for it.
func TestWhoMayIsAskedFirst(t *testing.T) {
	refuse := func(action.Handler) action.Handler {
		return func(context.Context, *action.Call) (any, error) { return nil, fault.Unauthorized("who are you?") }
	}
	url := serve(t, options{}, func(r *action.Registry, _ *web.Server) {
		action.Handle(r, action.Action{Name: "upload", Web: action.POST("/upload"), Middleware: []action.Middleware{refuse}},
			func(context.Context, struct {
				File action.File `json:"file"`
			}) (int, error) {
				return 1, nil
			})
	})
	for name, header := range map[string]string{
		"an upload":            "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000000\r\n",
		"more than the limit":  "Content-Type: application/json\r\nContent-Length: 50000000000\r\n",
		"an unknown type":      "Content-Type: text/csv\r\nContent-Length: 5\r\n",
		"a compressed body":    "Content-Encoding: gzip\r\nContent-Length: 5\r\n",
		"a body without a end": "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got := expectContinue(t, url, "/api/upload?x=%zz", header); got != "HTTP/1.1 401 Unauthorized" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// expectContinue sends the header of a request, and returns the first line of the answer.
func expectContinue(t *testing.T, url, path, header string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n%s\r\n", path, header)
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(line)
}

// TestRefusedBodies: what the server does not read is not asked for.
func TestRefusedBodies(t *testing.T) {
	url := serve(t, options{}, func(r *action.Registry, s *web.Server) {
		echoes(r, s)
		s.Handle("/mounted", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	})
	if got := expectContinue(t, url, "/mounted", "Content-Length: 5\r\n"); got != "HTTP/1.1 418 I'm a teapot" {
		t.Errorf("a mounted handler that reads nothing: %q", got)
	}
	for want, header := range map[string]string{
		"HTTP/1.1 415 Unsupported Media Type":   "Content-Type: text/csv\r\nContent-Length: 5\r\n",
		"HTTP/1.1 413 Request Entity Too Large": "Content-Type: application/json\r\nContent-Length: 50000000000\r\n",
		"HTTP/1.1 100 Continue":                 "Content-Type: application/json\r\nContent-Length: 5\r\n",
	} {
		if got := expectContinue(t, url, "/api/echo/1", header); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
	if got := expectContinue(t, url, "/api/echo/1", "Content-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 5\r\n"); got != "HTTP/1.1 415 Unsupported Media Type" {
		t.Errorf("a compressed body: %q", got)
	}
}

// TestSignatures: middleware checks the bytes of a body before they are bound.
func TestSignatures(t *testing.T) {
	signed := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			for range 2 {
				body, err := call.Body(ctx)
				if err != nil {
					return nil, err
				}
				if !strings.Contains(string(body), "signed") {
					return nil, fault.Forbidden("the signature is wrong")
				}
			}
			return next(ctx, call)
		}
	}
	url := serve(t, options{env: []string{"WEB_MAX_BODY_SIZE=1000"}}, func(r *action.Registry, _ *web.Server) {
		action.Handle(r, action.Action{Name: "hook", Web: action.POST("/hook"), Middleware: []action.Middleware{signed}},
			func(_ context.Context, in struct {
				Name string `json:"name"`
			}) (string, error) {
				return in.Name, nil
			})
	})
	contentType, multipart := form(t, formPart{"name", "", "", "signed"})
	for name, test := range map[string]struct {
		contentType, body string
		status            int
		want              string
	}{
		"JSON":              {"application/json", `{"name":"signed"}`, 200, `"signed"`},
		"a form":            {"application/x-www-form-urlencoded", `name=signed`, 200, `"signed"`},
		"a multipart form":  {contentType, multipart, 200, `"signed"`},
		"bad, and broken":   {"application/json", `{`, 403, "the signature is wrong"},
		"bad, and empty":    {"", ``, 403, "the signature is wrong"},
		"good, and broken":  {"application/json", `{"signed`, 400, "cannot parse request body"},
		"good, and invalid": {"application/json", `{"signed":1}`, 406, "Missing required param: name"},
		"too large":         {"application/json", strings.Repeat("x", 1001), 413, "Payload Too Large"},
	} {
		t.Run(name, func(t *testing.T) {
			ask(t, http.MethodPost, url+"/api/hook", test.contentType, test.body).expect(t, test.status, test.want)
		})
	}
}

// TestBodiesThatAreMistakes: the message says what to send.
func TestBodiesThatAreMistakes(t *testing.T) {
	url := serve(t, options{}, echoes)
	for name, test := range map[string]struct {
		contentType, encoding, body string
		status                      int
		want                        string
	}{
		"JSON as a form":       {"application/x-www-form-urlencoded", "", `{"name":"a"}`, 415, "it looks like JSON; send Content-Type: application/json"},
		"a list as a form":     {"application/x-www-form-urlencoded", "", " \n[1]", 415, "it looks like JSON"},
		"a compressed form":    {"application/x-www-form-urlencoded", "gzip", "name=hello", 415, "unsupported Content-Encoding gzip"},
		"not compressed":       {"application/x-www-form-urlencoded", "Identity", "name=hello", 200, "hello"},
		"too many parameters":  {"application/x-www-form-urlencoded", "", strings.Repeat("a=1&", 10_000) + "a=1", 413, "Payload Too Large"},
		"as many as there may": {"application/x-www-form-urlencoded", "", "name=hello" + strings.Repeat("&a=1", 9_999), 200, "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			headers := []string{}
			if test.encoding != "" {
				headers = []string{"Content-Encoding", test.encoding}
			}
			ask(t, http.MethodPost, url+"/api/echo/1", test.contentType, test.body, headers...).expect(t, test.status, test.want)
		})
	}
}

// TestReplies: the status and the headers that an action chooses.
func TestReplies(t *testing.T) {
	url := serve(t, options{}, func(r *action.Registry, _ *web.Server) {
		action.Handle(r, action.Action{Name: "create", Web: action.POST("/create")}, func(context.Context, struct{}) (action.Reply[int], error) {
			return action.Created(7, "/api/room/7"), nil
		})
		action.Handle(r, action.Action{Name: "delete", Web: action.DELETE("/delete")}, func(context.Context, struct{}) (action.NoContent, error) {
			return action.NoContent{}, nil
		})
		action.Handle(r, action.Action{Name: "accept", Web: action.POST("/accept"), Status: 202}, func(context.Context, struct{}) (string, error) {
			return "later", nil
		})
		action.Handle(r, action.Action{Name: "fail", Web: action.POST("/fail"), Status: 202}, func(context.Context, struct{}) (string, error) {
			return "", fault.Conflict("no")
		})
		action.Handle(r, action.Action{Name: "csv", Web: action.GET("/csv")}, func(context.Context, struct{}) (action.Reply[io.Reader], error) {
			return action.Reply[io.Reader]{Header: http.Header{"x-rows": {"7"}, "Cache-Control": {"private"}}}, nil
		})
	})
	create := ask(t, "POST", url+"/api/create", "", "")
	if create.expect(t, 201, "7"); create.header.Get("Location") != "/api/room/7" {
		t.Errorf("Location is %q", create.header.Get("Location"))
	}
	gone := ask(t, "DELETE", url+"/api/delete", "", "")
	if gone.expect(t, 204); gone.body != "" || gone.header.Get("Content-Type") != "" {
		t.Errorf("204 has %q of type %q", gone.body, gone.header.Get("Content-Type"))
	}
	ask(t, "POST", url+"/api/accept", "", "").expect(t, 202, `"later"`)
	ask(t, "POST", url+"/api/fail", "", "").expect(t, 409, "no")
	if rows := ask(t, "GET", url+"/api/csv", "", ""); rows.header.Get("X-Rows") != "7" || rows.header.Get("Cache-Control") != "private" {
		t.Errorf("headers: %v", rows.header)
	}
}

// TestErrorsAsTheClientWants: statuses by type, and problems of RFC 9457.
func TestErrorsAsTheClientWants(t *testing.T) {
	statuses := fault.REST()
	url := serve(t, options{statuses: statuses, env: []string{"WEB_SERVER_INCLUDE_STACK_IN_ERRORS=false"}}, echoes)
	ask(t, "GET", url+"/api/echo/x", "", "").expect(t, 422, `{"error":{`)
	ask(t, "GET", url+"/api/nope", "", "").expect(t, 404, `{"error":{`)
	for accept, problem := range map[string]bool{
		"application/problem+json":                         true,
		"application/json, Application/Problem+JSON;q=0.5": true,
		"application/json":                                 false,
		"*/*":                                              false,
		"application/problem+json;q=0, application/json;q=.1": false,
		"application/problem+json; q=0.000":                   false,
	} {
		r := ask(t, "GET", url+"/api/echo/x", "", "", "Accept", accept)
		r.expect(t, 422)
		if got := r.header.Get("Content-Type") == "application/problem+json"; got != problem || strings.HasPrefix(r.body, `{"title":"Unprocessable Entity","status":422,"detail":"`) != problem {
			t.Errorf("%s: %s", accept, r.body)
		}
		if problem != strings.Contains(strings.Join(r.header.Values("Vary"), ","), "Accept,Accept") && problem != strings.HasSuffix(strings.Join(r.header.Values("Vary"), ","), ",Accept") {
			t.Errorf("%s: Vary is %q", accept, r.header.Values("Vary"))
		}
	}
}
