package logging

import (
	"context"
	"log/slog"
)

// WithContext returns a handler that adds what a context knows to each line that is
// logged with it. An attribute that the line has already is not added.
func WithContext(h slog.Handler, known func(context.Context) []slog.Attr) slog.Handler {
	return contextHandler{h, known}
}

type contextHandler struct {
	slog.Handler
	known func(context.Context) []slog.Attr
}

func (h contextHandler) Handle(ctx context.Context, line slog.Record) error {
	known := h.known(ctx)
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
	return contextHandler{h.Handler.WithAttrs(attrs), h.known}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name), h.known}
}

func has(line slog.Record, key string) (found bool) {
	line.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}
