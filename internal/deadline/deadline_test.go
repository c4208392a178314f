package deadline_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/deadline"
)

// late is a context whose deadline has passed and which has not noticed.
type late struct{ context.Context }

func (late) Deadline() (time.Time, bool) { return time.Now(), true }

func TestErr(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	early, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		want error
	}{
		"no deadline": {t.Context(), nil},
		"early":       {early, nil},
		"late":        {late{t.Context()}, context.DeadlineExceeded},
		"cancelled":   {cancelled, context.Canceled},
	} {
		if err := deadline.Err(c.ctx); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
