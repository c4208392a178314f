package web

import (
	"mime"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// compressed gzips what is worth it, for clients that accept it.
func (s *Server) compressed(next http.Handler) http.Handler {
	c := s.options.Config.Compression
	if !c.Enabled {
		return next
	}
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(c.Threshold),
		gzhttp.ContentTypeFilter(compressible),
	)
	if err != nil {
		s.options.Logger.Error("compression is off", "error", err)
		return next
	}
	wrapped := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["Accept-Encoding"] == nil { // spares most programs the wrapper; Vary is sent all the same
			next.ServeHTTP(w, r)
			return
		}
		wrapped.ServeHTTP(w, r)
	})
}

// compressible tells whether bodies of a content type shrink. An event stream
// does, but must not wait for a compressor.
func compressible(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil || mediaType == "text/event-stream":
		return false
	case strings.HasPrefix(mediaType, "text/"):
		return true
	case strings.HasSuffix(mediaType, "+json"), strings.HasSuffix(mediaType, "+xml"):
		return true
	}
	switch mediaType {
	case "application/json", "application/javascript", "application/xml", "application/wasm":
		return true
	}
	return false
}
