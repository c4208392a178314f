package config_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

func TestSettingsOrder(t *testing.T) {
	var paths []string
	for _, s := range load(t).Settings() {
		paths = append(paths, s.Path)
		if s.Variable == "" || s.Source != "built-in" || s.Value != s.Default {
			t.Errorf("%+v", s)
		}
		if !strings.HasSuffix(s.Doc, ".") || strings.Contains(s.Doc, "..") {
			t.Errorf("%s: the documentation is no sentence: %q", s.Path, s.Doc)
		}
	}
	for _, want := range [][]string{
		{"Process.Name", "Process.Env", "Process.GCPercent", "Process.ShutdownTimeout", "Logger.Level"},
		{"Server.Web.IncludeStackInErrors", "Server.Web.Compression.Enabled", "Server.Web.Compression.Threshold", "Server.Web.StaticFiles.Enabled"},
		{"Server.WebSocket.DrainTimeout", "Server.CLI.IncludeStackInErrors", "Server.CLI.Quiet"},
	} {
		if !strings.Contains(strings.Join(paths, " "), strings.Join(want, " ")) {
			t.Errorf("%v do not follow each other in %v", want, paths)
		}
	}
	if again := load(t).Settings(); !reflect.DeepEqual(again, load(t).Settings()) {
		t.Error("two listings differ")
	}
}

// TestPaths finds each setting by its path and by its type.
func TestPaths(t *testing.T) {
	c := load(t)
	for _, s := range c.Settings() {
		v := reflect.ValueOf(c).Elem()
		for name := range strings.SplitSeq(s.Path, ".") {
			v = v.FieldByName(name)
		}
		if !v.IsValid() {
			t.Errorf("there is no field %s", s.Path)
		}
	}
}

func TestDefaultsOfTheWire(t *testing.T) {
	want := map[string]string{
		"REDIS_URL": "redis://localhost:6379/0", "DATABASE_URL": "", "DATABASE_AUTO_MIGRATE": "true", "DATABASE_POOL_MAX": "10",
		"PROCESS_NAME": "server", "PROCESS_SHUTDOWN_TIMEOUT": "30s", "ACTION_TIMEOUT": "5m",
		"LOG_LEVEL": "info", "LOG_FORMAT": "text", "LOG_COLORIZE": "true", "LOG_INCLUDE_TIMESTAMPS": "true", "LOG_MAX_PARAM_LENGTH": "100",
		"CLI_QUIET": "false", "CLI_INCLUDE_STACK_IN_ERRORS": "true", "APPLICATION_URL": "http://localhost:8080",
		"WEB_SERVER_PORT": "8080", "WEB_SERVER_HOST": "localhost", "WEB_SERVER_API_ROUTE": "/api", "WEB_SERVER_ALLOWED_ORIGINS": "*", "WS_ALLOWED_ORIGINS": "",
		"WEB_MAX_BODY_SIZE": "10485760", "WEB_COMPRESSION_ENABLED": "true", "WEB_COMPRESSION_THRESHOLD": "1024",
		"WEB_SERVER_STATIC_ENABLED": "true", "WEB_SERVER_STATIC_DIRECTORY": "assets", "WEB_SERVER_STATIC_ROUTE": "/",
		"WEB_SERVER_STATIC_CACHE_CONTROL": "public, max-age=3600", "WEB_SERVER_STATIC_ETAG": "true",
		"WEB_CORRELATION_ID_HEADER": "X-Request-Id", "WEB_CORRELATION_ID_TRUST_PROXY": "false",
		"WEB_SECURITY_CSP": "default-src 'self'", "WEB_SECURITY_CONTENT_TYPE_OPTIONS": "nosniff", "WEB_SECURITY_FRAME_OPTIONS": "DENY",
		"WEB_SECURITY_HSTS":            "max-age=31536000; includeSubDomains",
		"WEB_SECURITY_REFERRER_POLICY": "strict-origin-when-cross-origin", "WEB_SERVER_INCLUDE_STACK_IN_ERRORS": "true",
		"WEB_READ_HEADER_TIMEOUT": "10s", "WEB_READ_TIMEOUT": "1m", "WEB_WRITE_TIMEOUT": "1m", "WEB_IDLE_TIMEOUT": "2m",
	}
	c := load(t)
	for variable, value := range want {
		if got := setting(t, c, variable); got.Value != value {
			t.Errorf("%s: got %q; want %q", variable, got.Value, value)
		}
	}
	if c.Server.Web.MaxBodySize != 10<<20 || c.Actions.Timeout != 5*time.Minute || c.Logger.Level != slog.LevelInfo ||
		!reflect.DeepEqual(c.Server.Web.AllowedOrigins, []string{"*"}) {
		t.Errorf("the fields differ from the list: %+v", c.Server.Web)
	}
}

func TestDefaultsThatDepend(t *testing.T) {
	tests := []struct {
		name, variable string
		environ        []string
		want           config.Setting
	}{
		{"stacks in development", "WEB_SERVER_INCLUDE_STACK_IN_ERRORS", nil,
			config.Setting{Value: "true", Default: "true", Source: "built-in"}},
		{"stacks in production", "WEB_SERVER_INCLUDE_STACK_IN_ERRORS", []string{"NODE_ENV=production"},
			config.Setting{Value: "false", Default: "false", Source: "built-in"}},
		{"stacks asked for in production", "WEB_SERVER_INCLUDE_STACK_IN_ERRORS",
			[]string{"KERYX_ENV=production", "WEB_SERVER_INCLUDE_STACK_IN_ERRORS=true"},
			config.Setting{Value: "true", Default: "false", Source: "environment"}},
		{"URL of host and port", "APPLICATION_URL", []string{"WEB_SERVER_HOST=api.local", "WEB_SERVER_PORT=81"},
			config.Setting{Value: "http://api.local:81", Default: "http://api.local:81", Source: "built-in"}},
		{"URL of every interface", "APPLICATION_URL", []string{"WEB_SERVER_HOST=0.0.0.0"},
			config.Setting{Value: "http://localhost:8080", Default: "http://localhost:8080", Source: "built-in"}},
		{"URL of an IPv6 address", "APPLICATION_URL", []string{"WEB_SERVER_HOST=::1"},
			config.Setting{Value: "http://[::1]:8080", Default: "http://[::1]:8080", Source: "built-in"}},
		{"URL that is set", "APPLICATION_URL", []string{"APPLICATION_URL=https://a.example", "WEB_SERVER_PORT=81"},
			config.Setting{Value: "https://a.example", Default: "http://localhost:81", Source: "environment"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := setting(t, load(t, tt.environ...), tt.variable)
			if got.Value != tt.want.Value || got.Default != tt.want.Default || got.Source != tt.want.Source {
				t.Errorf("got %+v; want %+v", got, tt.want)
			}
		})
	}
}

func TestChangedInCode(t *testing.T) {
	c := load(t, "WEB_SERVER_PORT=81")
	c.Server.Web.Port, c.Server.Web.AllowedOrigins = 82, []string{"https://a.example", "https://b.example"}
	if got := setting(t, c, "WEB_SERVER_PORT"); got.Value != "82" || got.Source != "code" || got.Default != "8080" {
		t.Errorf("%+v", got)
	}
	if got := setting(t, c, "WEB_SERVER_ALLOWED_ORIGINS"); got.Value != "https://a.example,https://b.example" || got.Source != "code" {
		t.Errorf("%+v", got)
	}
}

func TestMasked(t *testing.T) {
	const password = "hunter2"
	c, err := keryx.LoadConfig(config.Options{
		DotEnv: "-",
		Environ: []string{
			"REDIS_URL=rediss://app:" + password + "@cache.example:6380/1",
			"DATABASE_URL=postgres://app@db.example/app?sslmode=require&password=" + password,
			"PROCESS_NAME=redis://app:" + password + "@cache.example",
			"WEB_SERVER_PORT=redis://app:" + password + "@cache.example",
			"APPLICATION_URL=https://app:" + password + "@app.example",
		},
		Defaults: map[string]string{"LOG_LEVEL": "redis://:" + password + "@cache.example"},
	})
	var app struct {
		Key   string `env:"KEY" secret:"true" envDefault:"hunter2"`
		Other string `env:"OTHER" envDefault:"smtp://u:hunter2@mail.example"`
		None  string `env:"NONE" secret:"true"`
	}
	if err := c.Bind("App", &app); err != nil {
		t.Fatal(err)
	}
	if got := setting(t, c, "REDIS_URL"); got.Value != "rediss://app:***@cache.example:6380/1" {
		t.Errorf("%+v", got)
	}
	if got := setting(t, c, "DATABASE_URL"); got.Value != "postgres://app@db.example/app?sslmode=require&password=***" {
		t.Errorf("%+v", got)
	}
	if got := setting(t, c, "KEY"); got.Value != "[[secret]]" || got.Default != "[[secret]]" {
		t.Errorf("%+v", got)
	}
	if got := setting(t, c, "NONE"); got.Value != "" {
		t.Errorf("a secret that is not set: %+v", got)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("boot", "config", c)
	for name, text := range map[string]string{
		"error": err.Error(), "settings": fmt.Sprint(c.Settings()), "print": fmt.Sprintf("%v %+v %s", c, c, c),
		"markdown": c.Markdown(), "log": logged.String(),
	} {
		if strings.Contains(text, password) {
			t.Errorf("the %s has the password: %s", name, text)
		}
	}
	if !strings.Contains(logged.String(), `"REDIS_URL":"rediss://app:***@cache.example:6380/1"`) {
		t.Errorf("the log does not have the settings: %s", logged.String())
	}
}
