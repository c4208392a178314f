package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	livezPattern  = "GET /livez"
	readyzPattern = "GET /readyz"
)

// checkTimeout bounds each check of /readyz.
const checkTimeout = 2 * time.Second

// Check is one condition for being ready.
type Check struct {
	Name string
	// Check returns nil when all is well. Its context ends after two seconds.
	Check func(context.Context) error
}

func livez(w http.ResponseWriter, _ *http.Request) {
	accessOf(w).isHealth()
	writeJSON(w, http.StatusOK, []byte(`{"status":"ok"}`))
}

// readyz answers GET /readyz.
type readyz struct {
	checks        []Check
	draining      *atomic.Bool
	logger        *slog.Logger
	hideInternals bool
}

type readiness struct {
	Status string            `json:"status"` // ok, unavailable or draining
	Checks map[string]string `json:"checks"`
}

// ServeHTTP runs all checks at once and names those that fail.
func (z *readyz) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	accessOf(w).isHealth()
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	errs := make([]error, len(z.checks))
	var wg sync.WaitGroup
	for i, c := range z.checks {
		wg.Go(func() { errs[i] = c.Check(ctx) })
	}
	wg.Wait()
	out := readiness{Status: "ok", Checks: map[string]string{}}
	status := http.StatusOK
	for i, c := range z.checks {
		out.Checks[c.Name] = "ok"
		if errs[i] != nil {
			out.Status, status = "unavailable", http.StatusServiceUnavailable
			out.Checks[c.Name] = z.reason(c.Name, errs[i])
		}
	}
	if z.draining.Load() {
		out.Status, status = "draining", http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	body, _ := json.Marshal(out) // strings always encode
	writeJSON(w, status, body)
}

func (z *readyz) reason(name string, err error) string {
	z.logger.Warn("not ready", "check", name, "error", err)
	if z.hideInternals {
		return "failed"
	}
	return err.Error()
}
