package devpage

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// page is the response to a request for a page. If it is one, the script follows it.
type page struct {
	http.ResponseWriter
	script string
	began  bool
	adds   bool
}

// WriteHeader sends the header, with the length that includes the script.
func (p *page) WriteHeader(status int) {
	if !p.began && status >= http.StatusOK { // not 103 and the like
		p.began = true
		p.adds = hasBody(status) && p.wantsScript()
	}
	p.ResponseWriter.WriteHeader(status)
}

// wantsScript reports whether the script follows, and changes the header if so.
func (p *page) wantsScript() bool {
	h := p.Header()
	if !strings.HasPrefix(h.Get("Content-Type"), "text/html") || h.Get("Content-Encoding") != "" ||
		!allowsScript(strings.Join(h.Values("Content-Security-Policy"), ";")) {
		return false
	}
	if n, err := strconv.Atoi(h.Get("Content-Length")); err == nil {
		h.Set("Content-Length", strconv.Itoa(n+len(p.script)))
	}
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	h.Del("Last-Modified")
	return true
}

// Write writes a part of the page.
func (p *page) Write(b []byte) (int, error) {
	if !p.began {
		if p.Header().Get("Content-Type") == "" {
			p.Header().Set("Content-Type", http.DetectContentType(b))
		}
		p.WriteHeader(http.StatusOK)
	}
	return p.ResponseWriter.Write(b)
}

// end writes the script after the page: what follows </html> belongs to its body.
func (p *page) end() {
	if p.adds {
		_, _ = io.WriteString(p.ResponseWriter, p.script) // it fails when the client has left
	}
}

// Unwrap is for [http.ResponseController].
func (p *page) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func hasBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// allowsScript reports whether a Content-Security-Policy lets a page load a script from
// its own origin and have it listen to events from there.
func allowsScript(policy string) bool {
	sources := map[string]string{}
	for directive := range strings.SplitSeq(policy, ";") {
		name, list, _ := strings.Cut(strings.TrimSpace(directive), " ")
		sources[strings.ToLower(name)] = list
	}
	return allowsSelf(sources, "script-src-elem", "script-src", "default-src") && allowsSelf(sources, "connect-src", "default-src")
}

// allowsSelf looks at the first directive that is there.
func allowsSelf(sources map[string]string, directives ...string) bool {
	for _, name := range directives {
		if list, ok := sources[name]; ok {
			return strings.Contains(list, "'self'") || strings.Contains(" "+list+" ", " * ")
		}
	}
	return true
}
