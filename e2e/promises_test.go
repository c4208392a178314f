package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// promise is a client that holds each answer of a server against its OpenAPI document.
type promise struct {
	t      *testing.T
	url    string
	router routers.Router
	http   http.Client
	// undocumented are the answers whose status the document leaves to "default".
	undocumented map[string]bool
}

// reader reads the document of a running server.
func reader(t *testing.T, s *server) *promise {
	t.Helper()
	location, err := url.Parse(s.url + "/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromURI(location)
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: s.url + "/api"}}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &promise{t: t, url: s.url + "/api", router: router, http: http.Client{Jar: jar}, undocumented: map[string]bool{}}
}

// call sends a request, expects a status, and holds the answer against the document. A
// good request has to be right by the document, too.
func (p *promise) call(method, path, body string, status int) (answer []byte) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	route, params, err := p.router.FindRoute(r)
	if err != nil {
		p.t.Fatalf("%s %s is not in the document: %v", method, path, err)
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
	}
	if status < 300 {
		copied := r.Clone(p.t.Context())
		copied.Body = io.NopCloser(strings.NewReader(body))
		check := *in
		check.Request = copied
		if err := openapi3filter.ValidateRequest(p.t.Context(), &check); err != nil {
			p.t.Errorf("%s %s: the document does not allow the request: %v", method, path, err)
		}
	}
	res, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode != status {
		p.t.Errorf("%s %s: %d %s, want %d", method, path, res.StatusCode, answer, status)
	}
	if route.Operation.Responses.Status(res.StatusCode) == nil {
		p.undocumented[fmt.Sprintf("%s %s %d", method, route.Path, res.StatusCode)] = true
	}
	err = openapi3filter.ValidateResponse(p.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(answer)), Options: in.Options,
	})
	if err != nil {
		p.t.Errorf("%s %s: the answer %d %s is not what the document promises: %v", method, path, res.StatusCode, answer, err)
	}
	return answer
}

// token returns the CSRF token of the session.
func (p *promise) token() string {
	p.t.Helper()
	var answer struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(p.call("GET", "/csrf-token", "", 200), &answer); err != nil || answer.Token == "" {
		p.t.Fatalf("no token: %v", err)
	}
	return answer.Token
}

// TestAnswersAreAsDocumented: what the chat answers, good or bad, is what its document
// says.
func TestAnswersAreAsDocumented(t *testing.T) {
	p := reader(t, start(t, "RATE_LIMIT_UNAUTH_LIMIT=6"))
	p.call("GET", "/status", "", 200)
	p.call("PUT", "/user", `{"name":"Ada Lovelace","email":"ada@example.com","password":"mushroom1"}`, 200)
	p.call("PUT", "/user", `{"name":"A","email":"none"}`, 406)
	p.call("PUT", "/user", `{`, 400)
	p.call("PUT", "/session", `{"email":"ada@example.com","password":"mushroom2"}`, 500) // as Keryx answers
	p.call("PUT", "/session", `{"email":"ada@example.com","password":"mushroom1"}`, 200)
	p.call("PUT", "/message", `{"body":"Hello"}`, 403)
	token := p.token()
	p.call("PUT", "/message", `{"body":"Hello","csrfToken":"`+token+`"}`, 200)
	p.call("PUT", "/message", `{"body":5}`, 406)
	p.call("POST", "/user", `{"name":"Ada","csrfToken":"`+token+`"}`, 200)
	p.call("GET", "/messages/list?limit=1&offset=0", "", 200)
	p.call("GET", "/messages/list?limit=none", "", 406)
	p.call("GET", "/room/people", "", 200)
	p.call("GET", "/channel/messages/members", "", 200)
	p.call("GET", "/user/1", "", 200)
	p.call("GET", "/user/99999", "", 404)
	p.call("DELETE", "/session", "", 200)
	p.call("GET", "/messages/list", "", 401)
	p.call("GET", "/messages/list", "", 429)
	delete(p.undocumented, "GET /user/{user} 404") // of the app
	for answer := range p.undocumented {
		t.Errorf("the document has only default for %s", answer)
	}
}
