package dashboard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/action"
)

// document is what the page reads in the OpenAPI document.
type document struct {
	Info    struct{ Title, Version, Description string }
	Servers []struct{ URL string }
	Paths   map[string]map[string]struct {
		Responses map[string]json.RawMessage
	}
}

func parseDocument(data []byte) (*document, error) {
	d := &document{}
	if err := json.Unmarshal(data, d); err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	return d, nil
}

// server returns the URL that the routes of actions begin with.
func (d *document) server() *url.URL {
	if len(d.Servers) > 0 {
		if u, err := url.Parse(d.Servers[0].URL); err == nil {
			return u
		}
	}
	return &url.URL{}
}

// base returns the path of the server: "/api".
func (d *document) base() string { return strings.TrimSuffix(d.server().Path, "/") }

// origin returns where the app is: "https://app.example".
func (d *document) origin() string {
	u := *d.server()
	u.Path = ""
	return u.String()
}

// hasBody reports whether requests of a method have parameters in their bodies.
func hasBody(method string) bool { return method != http.MethodGet && method != http.MethodHead }

// errorsOf returns the failed responses of an action.
func (d *document) errorsOf(e *action.Entry) []answer {
	var all []answer
	for status := range d.Paths[e.Web.Path][strings.ToLower(e.Web.Method)].Responses {
		if n, err := strconv.Atoi(status); err == nil && n >= 400 {
			all = append(all, answer{status, http.StatusText(n)})
		}
	}
	slices.SortFunc(all, func(a, b answer) int { return strings.Compare(a.Status, b.Status) })
	return all
}
