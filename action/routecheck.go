package action

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/keryx-go/keryx/internal/suggest"
)

// methods are those that a route may have. A GET answers HEAD, too, and the server
// answers OPTIONS.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// checkRoute returns an error for a route that no request reaches, or only requests that
// are not meant.
func checkRoute(r Route) error {
	if r.Method == "" || !strings.HasPrefix(r.Path, "/") {
		return errors.New(`it needs a method and a path that starts with "/"`)
	}
	if !slices.Contains(methods, r.Method) {
		return wrongMethod(r.Method)
	}
	if strings.Contains(r.Path+"/", "/.well-known/") {
		return errors.New("paths below /.well-known/ are not given to actions; mount a handler there")
	}
	segments := strings.Split(r.Path, "/")[1:]
	for i, segment := range segments {
		if err := checkSegment(segment, i == len(segments)-1); err != nil {
			return err
		}
	}
	return nil
}

func wrongMethod(method string) error {
	switch upper := strings.ToUpper(method); {
	case slices.Contains(methods, upper):
		return fmt.Errorf("the method %q is in upper case; write %q", method, upper)
	case upper == http.MethodHead:
		return errors.New("a route with GET answers HEAD, too")
	case upper == http.MethodOptions:
		return errors.New("the server answers OPTIONS itself")
	}
	if near := suggest.Slip(method, methods); near != "" {
		return fmt.Errorf("unknown method %q; did you mean %q?", method, near)
	}
	return fmt.Errorf("unknown method %q; it is one of %s", method, strings.Join(methods, ", "))
}

// checkSegment checks what is between two slashes of a path. The last one may be empty,
// for a path that ends with a slash.
func checkSegment(segment string, last bool) error {
	if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") && strings.Count(segment, "}") == 1 {
		return nil // http.ServeMux checks the name
	}
	name := strings.TrimLeft(segment, ":*")
	decoded, err := url.PathUnescape(segment)
	switch {
	case segment == "" && !last:
		return errors.New(`it has "//", which no request has`)
	case strings.HasPrefix(segment, ":"):
		return fmt.Errorf("%q is no parameter; write {%s}", segment, name)
	case strings.HasPrefix(segment, "*"):
		if name == "" {
			name = "path"
		}
		return fmt.Errorf("%q is no parameter; write {%s...}", segment, name)
	case strings.ContainsAny(segment, "{}"):
		return fmt.Errorf("a parameter is a whole segment such as {id}, not %q", segment)
	case strings.Contains(segment, "?"):
		return fmt.Errorf("the query is no part of a route; leave out %q", segment[strings.Index(segment, "?"):])
	case strings.Contains(segment, "#"):
		return fmt.Errorf("browsers do not send %q; leave it out", segment[strings.Index(segment, "#"):])
	case strings.ContainsFunc(segment+decoded, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) || c == '\\' }):
		return fmt.Errorf("%q has a space, a control character or a backslash", segment)
	case err != nil:
		return fmt.Errorf("%q has a percent sign that begins no escape", segment)
	case decoded == "." || decoded == "..":
		return fmt.Errorf("no request has a segment %q", segment)
	case decoded != segment && !strings.Contains(decoded, "/"):
		return fmt.Errorf("write %q without escapes: %q", segment, decoded)
	}
	return nil
}
