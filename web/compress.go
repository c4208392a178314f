package web

import (
	"mime"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2/negotiation"
)

// compressed gzips what is worth it, for clients that accept it.
func (s *Server) compressed(next http.Handler) http.Handler {
	c := s.options.Config.Compression
	if !c.Enabled {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead || !acceptsGzip(r.Header["Accept-Encoding"]) {
			next.ServeHTTP(w, r)
			return
		}
		z := &gzipWriter{ResponseWriter: w, threshold: c.Threshold}
		defer z.abort() // does nothing more after close
		next.ServeHTTP(z, r)
		z.close()
	})
}

// acceptsGzip reads Accept-Encoding. The first name of the list would win even
// with a quality of 0, so it is one that nobody sends.
func acceptsGzip(headers []string) bool {
	return len(headers) > 0 &&
		negotiation.SelectQValue(strings.Join(headers, ","), []string{"", "gzip"}) == "gzip"
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
