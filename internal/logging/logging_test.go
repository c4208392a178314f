package logging_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/logging"
)

func Example() {
	logger := logging.New(os.Stdout, slog.LevelInfo, logging.Settings{Format: "text"})
	logger.Debug("not worth a line")
	logger.Info("listening", "url", "http://localhost:8080")
	// Output: INF listening url=http://localhost:8080
}

func TestFormats(t *testing.T) {
	var out bytes.Buffer
	logging.New(&out, slog.LevelInfo, logging.Settings{Format: "json", IncludeTimestamps: true}).Warn("careful", "n", 1)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if line["msg"] != "careful" || line["level"] != "WARN" || line["n"] != 1.0 || line["time"] == nil {
		t.Errorf("got %v", line)
	}

	out.Reset()
	logging.New(&out, slog.LevelInfo, logging.Settings{Format: "json"}).Info("x")
	if strings.Contains(out.String(), `"time"`) {
		t.Errorf("a timestamp that was not asked for: %s", out.String())
	}

	out.Reset()
	logging.New(&out, slog.LevelInfo, logging.Settings{Format: "text", Colorize: true}).Info("x")
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("colors without a terminal: %q", out.String())
	}
}

// TestContext: a line has what is known of the caller, once.
func TestContext(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(logging.WithContext(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}})))
	caller := &connection.Connection{CorrelationID: "r1"}
	ctx := connection.With(t.Context(), caller)
	for want, log := range map[string]func(){
		"msg=x\n":                          func() { logger.Info("x") },
		"msg=x correlationId=r1\n":         func() { logger.InfoContext(ctx, "x") },
		"msg=x correlationId=own\n":        func() { logger.InfoContext(ctx, "x", "correlationId", "own") },
		"msg=x a=1 b=2 correlationId=r1\n": func() { logger.With("a", 1).InfoContext(ctx, "x", "b", 2) },
		"msg=x g.b=2 g.correlationId=r1\n": func() { logger.WithGroup("g").InfoContext(ctx, "x", "b", 2) },
	} {
		out.Reset()
		if log(); out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	}
	caller.SetSubject("7")
	out.Reset()
	if logger.InfoContext(ctx, "x"); out.String() != "msg=x correlationId=r1 user=7\n" {
		t.Errorf("got %q", out.String())
	}
}

// TestDurationsInJSON have their unit in the name.
func TestDurationsInJSON(t *testing.T) {
	var out bytes.Buffer
	logging.New(&out, slog.LevelInfo, logging.Settings{Format: "json"}).Info("x", "duration", 1500*time.Microsecond)
	if !strings.Contains(out.String(), `"durationMs":1.5`) {
		t.Errorf("got %s", out.String())
	}
}
