package config

import (
	"log/slog"
	"strings"
)

// levels are the names of the levels. slog has none for the first and the last.
var levels = []struct {
	name  string
	level slog.Level
}{
	{"trace", slog.LevelDebug - 4},
	{"debug", slog.LevelDebug},
	{"info", slog.LevelInfo},
	{"warn", slog.LevelWarn},
	{"error", slog.LevelError},
	{"fatal", slog.LevelError + 4},
}

func parseLevel(text string) (slog.Level, bool) {
	for _, l := range levels {
		if strings.EqualFold(text, l.name) {
			return l.level, true
		}
	}
	return 0, false
}

func formatLevel(level slog.Level) string {
	for _, l := range levels {
		if level == l.level {
			return l.name
		}
	}
	return strings.ToLower(level.String())
}
