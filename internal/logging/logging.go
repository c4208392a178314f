// Package logging makes the app's logger: text that a person reads, or JSON
// that a machine does.
package logging

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"

	"github.com/keryx-go/keryx/connection"
)

// New returns a logger that writes to w as the settings say, from level on.
// Text is coloured only on a terminal, or where CLICOLOR_FORCE=1 says that what reads
// it shows colours, and only if the settings and NO_COLOR allow it.
func New(w io.Writer, level slog.Leveler, c Settings) *slog.Logger {
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: inMilliseconds(withoutTime(c))}))
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{
		Level:       level,
		TimeFormat:  time.TimeOnly,
		NoColor:     !c.Colorize || !terminal(w) && os.Getenv("CLICOLOR_FORCE") != "1" || os.Getenv("NO_COLOR") != "",
		ReplaceAttr: withoutTime(c),
	}))
}

// withoutTime leaves the timestamp out where something else adds one, such as
// the journal.
func withoutTime(c Settings) func([]string, slog.Attr) slog.Attr {
	if c.IncludeTimestamps {
		return nil
	}
	return func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
}

// inMilliseconds replaces a duration, which JSON would have as a bare number, with a number
// whose name has the unit: "duration" with "durationMs".
func inMilliseconds(next func([]string, slog.Attr) slog.Attr) func([]string, slog.Attr) slog.Attr {
	return func(groups []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindDuration {
			return slog.Float64(a.Key+"Ms", float64(a.Value.Duration())/float64(time.Millisecond))
		}
		if next == nil {
			return a
		}
		return next(groups, a)
	}
}

func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// WithContext returns a handler that adds what is known of the connection of a context
// to each line that is logged with it: the id of the request, and the caller's subject, if
// it was looked up. An attribute that the line has already is not added.
func WithContext(h slog.Handler) slog.Handler { return contextHandler{h} }

type contextHandler struct{ slog.Handler }

func (h contextHandler) Handle(ctx context.Context, line slog.Record) error {
	known := known(connection.From(ctx))
	if len(known) > 0 {
		line = line.Clone()
	}
	for _, attr := range known {
		if !has(line, attr.Key) {
			line.AddAttrs(attr)
		}
	}
	return h.Handler.Handle(ctx, line)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}

func known(c *connection.Connection) []slog.Attr {
	var known []slog.Attr
	if c.CorrelationID != "" {
		known = append(known, slog.String("correlationId", c.CorrelationID))
	}
	if subject := c.Subject(); subject != "" {
		known = append(known, slog.String("user", subject))
	}
	return known
}

func has(line slog.Record, key string) (found bool) {
	line.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}
