package web

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// checkTimeout bounds each check of /readyz.
const checkTimeout = 2 * time.Second

func (s *Server) livez(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, []byte(`{"status":"ok"}`))
}

type readiness struct {
	Status string            `json:"status"` // ok, unavailable or draining
	Checks map[string]string `json:"checks"`
}

// readyz runs all checks at once and names those that fail.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	errs := make([]error, len(s.options.Checks))
	var wg sync.WaitGroup
	for i, c := range s.options.Checks {
		wg.Go(func() { errs[i] = c.Check(ctx) })
	}
	wg.Wait()
	out := readiness{Status: "ok", Checks: map[string]string{}}
	status := http.StatusOK
	for i, c := range s.options.Checks {
		out.Checks[c.Name] = "ok"
		if errs[i] != nil {
			out.Status, status = "unavailable", http.StatusServiceUnavailable
			out.Checks[c.Name] = s.reason(c.Name, errs[i])
		}
	}
	if s.draining.Load() {
		out.Status, status = "draining", http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	body, _ := json.Marshal(out) // strings always encode
	writeJSON(w, status, body)
}

func (s *Server) reason(name string, err error) string {
	s.options.Logger.Warn("not ready", "check", name, "error", err)
	if s.options.HideInternals {
		return "failed"
	}
	return err.Error()
}
