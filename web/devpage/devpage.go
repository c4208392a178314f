// Package devpage shows what `keryx dev` has to say in the pages of an app: an error of
// the compiler or of the boot, while the version before serves on. `keryx dev` imports
// it into the program that it builds, by -overlay, so that no other program has it;
// there is no need to import it.
//
// It adds a script to HTML pages, from the app's own origin. A page whose
// Content-Security-Policy does not allow that is left as it is. Pages are not cached and
// not compressed.
package devpage

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/keryx-go/keryx/web/internal/devhook"
)

// variable has the URL of `keryx dev`; its last element is the number of this version
// of the program.
const variable = "KERYX_DEV_URL"

// prefix is the path of the script and of its events.
const prefix = "/__keryx/dev/"

func init() {
	dev, err := url.Parse(os.Getenv(variable))
	if err != nil || dev.Host == "" {
		return
	}
	_ = os.Unsetenv(variable) // a child process is another program
	devhook.Register(func(next http.Handler) http.Handler { return newHandler(next, dev) })
}

// handler is a server as `keryx dev` runs it.
type handler struct {
	next   http.Handler
	dev    *httputil.ReverseProxy
	script string
}

func newHandler(next http.Handler, dev *url.URL) *handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = dev.Scheme, dev.Host, ""
			r.Out.URL.Path = path.Join(dev.Path, strings.TrimPrefix(r.In.URL.Path, prefix))
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { // it has ended
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	return &handler{next, proxy, `<script src="` + prefix + `client.js" data-version="` + path.Base(dev.Path) + `"></script>`}
}

// ServeHTTP implements [http.Handler].
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, prefix):
		w.Header().Set("Connection", "close") // a page that lives on must not keep the old version
		h.dev.ServeHTTP(w, r)
	case r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
		for _, name := range []string{"Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range"} {
			r.Header.Del(name)
		}
		p := &page{ResponseWriter: w, script: h.script}
		h.next.ServeHTTP(p, r)
		p.end()
	default:
		h.next.ServeHTTP(w, r)
	}
}
