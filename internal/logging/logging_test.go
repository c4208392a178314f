package logging_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"

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
