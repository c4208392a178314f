package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/web"
)

// TestPagesOfOtherOrigins: what they may send, to an action, a mounted function and a
// mounted handler under the server's CORS policy.
func TestPagesOfOtherOrigins(t *testing.T) {
	const foreign, listed, application = "https://evil.example", "https://partner.example", "https://app.example"
	type headers = []string
	for name, test := range map[string]struct {
		method  string
		off     bool
		headers headers
		want    int
	}{
		"no browser":                  {"POST", false, nil, 200},
		"the own page":                {"POST", false, headers{"Sec-Fetch-Site", "same-origin", "Origin", "http://OWN"}, 200},
		"a user who types":            {"POST", false, headers{"Sec-Fetch-Site", "none"}, 200},
		"another site":                {"POST", false, headers{"Sec-Fetch-Site", "cross-site", "Origin", foreign}, 403},
		"another site without Origin": {"POST", false, headers{"Sec-Fetch-Site", "cross-site"}, 403},
		"a sandbox":                   {"POST", false, headers{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, 403},
		"another host of the site":    {"POST", false, headers{"Sec-Fetch-Site", "same-site", "Origin", "https://blog.example"}, 403},
		"an older browser":            {"POST", false, headers{"Origin", foreign}, 403},
		"an older browser, own page":  {"POST", false, headers{"Origin", "http://OWN"}, 200},
		"PUT":                         {"PUT", false, headers{"Origin", foreign}, 403},
		"PATCH":                       {"PATCH", false, headers{"Origin", foreign}, 403},
		"DELETE":                      {"DELETE", false, headers{"Sec-Fetch-Site", "cross-site"}, 403},
		"a listed page":               {"POST", false, headers{"Sec-Fetch-Site", "cross-site", "Origin", listed}, 200},
		"APPLICATION_URL":             {"POST", false, headers{"Sec-Fetch-Site", "cross-site", "Origin", application}, 200},
		"a link":                      {"GET", false, headers{"Sec-Fetch-Site", "cross-site", "Origin", foreign}, 200},
		"a token":                     {"POST", false, headers{"Sec-Fetch-Site", "cross-site", "Origin", foreign, "Authorization", "bearer x"}, 200},
		"a password the browser adds": {"POST", false, headers{"Sec-Fetch-Site", "cross-site", "Authorization", "Basic eDp4"}, 403},
		"without protection":          {"POST", true, headers{"Sec-Fetch-Site", "cross-site", "Origin", foreign}, 200},
		"the star is about CORS":      {"POST", false, headers{"Origin", foreign, "Sec-Fetch-Site", "cross-site", "Cookie", "a=b"}, 403},
	} {
		env := []string{"WEB_SERVER_ALLOWED_ORIGINS=" + listed, "APPLICATION_URL=" + application + "/base"}
		if test.off {
			env = append(env, "WEB_SERVER_CROSS_ORIGIN_PROTECTION=false")
		}
		url := serve(t, options{env: env}, func(actions *action.Registry, s *web.Server) {
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
				action.Handle(actions, action.Action{Name: method, Web: action.Route{Method: method, Path: "/it"}},
					func(context.Context, struct{}) (string, error) { return "done", nil })
			}
			s.HandleFunc("/function", func(http.ResponseWriter, *http.Request) error { return nil })
			s.Mount(part.Mount{Pattern: "/mount", CORS: true, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})})
			s.Handle("/own", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) // decides itself
		})
		own := strings.TrimPrefix(url, "http://")
		for i := range test.headers {
			test.headers[i] = strings.ReplaceAll(test.headers[i], "OWN", own)
		}
		for path, want := range map[string]int{"/api/it": test.want, "/function": test.want, "/mount": test.want, "/own": 200} {
			r := ask(t, test.method, url+path, "", "", test.headers...)
			if r.status != want {
				t.Errorf("%s, %s: %d %s, want %d", name, path, r.status, r.body, want)
			}
		}
	}
}
