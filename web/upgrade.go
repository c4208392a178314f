package web

import (
	"net/http"
	"strings"
)

// upgraded hands requests that ask for a WebSocket to the handler for them,
// whatever their path. It is outside compression, which has no place in what
// follows.
func (s *Server) upgraded(next http.Handler) http.Handler {
	if s.options.Upgrade == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !asksForWebSocket(r.Header["Upgrade"]) {
			next.ServeHTTP(w, r)
			return
		}
		s.headers.set(w.Header(), r)
		s.options.Upgrade.ServeHTTP(w, r)
	})
}

func asksForWebSocket(upgrade []string) bool {
	for _, line := range upgrade {
		for protocol := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(protocol), "websocket") {
				return true
			}
		}
	}
	return false
}
