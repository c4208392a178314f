package redis

import (
	"context"
	"fmt"
	"log/slog"
)

// Logger passes what go-redis itself has to say (a dial that failed, a new
// master) to a [slog.Logger], at level Debug: the caller of the command gets the
// error, too.
//
// go-redis has one logger for the whole process, by default standard error. To
// set it is therefore up to the main function, and nothing in this package does:
//
//	goredis.SetLogger(redis.NewLogger(logger))
type Logger struct{ logger *slog.Logger }

// NewLogger returns a Logger that writes to l.
func NewLogger(l *slog.Logger) *Logger { return &Logger{logger: l} }

// Printf implements the interface of go-redis.
func (l *Logger) Printf(ctx context.Context, format string, args ...any) {
	if l.logger.Enabled(ctx, slog.LevelDebug) {
		l.logger.DebugContext(ctx, "redis client", "message", fmt.Sprintf(format, args...))
	}
}
