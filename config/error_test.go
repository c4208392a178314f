package config_test

import (
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

func TestWrongValues(t *testing.T) {
	const (
		enum    = "expected text or json"
		boolean = "not a boolean; expected true or false"
		level   = "not a log level; expected trace, debug, info, warn, error or fatal"
		route   = "not a plain path of letters, digits and . _ ~ - between single slashes; expected e.g. "
		origin  = "has an element that is not an origin: scheme://host or scheme://host:port, without a path or a wildcard; " +
			"expected e.g. https://app.example"
		host      = "not a host name or an address; it has no scheme, port or brackets; expected e.g. 0.0.0.0"
		scheme    = "not a URL with a scheme and ://; expected e.g. "
		httpURL   = "not an http:// or https:// URL; expected e.g. https://app.example"
		character = "has a control character, which no header may have; expected e.g. "
	)
	tests := []struct{ variable, value, want string }{
		{"WEB_SERVER_PORT", "abc", "not a whole number; expected e.g. 8080"},
		{"WEB_SERVER_PORT", "80.5", "not a whole number; expected e.g. 8080"},
		{"WEB_SERVER_PORT", "-1", "too small; expected 0 to 65535"},
		{"WEB_SERVER_PORT", "65536", "too large; expected 0 to 65535"},
		{"WEB_SERVER_PORT", "99999999999", "out of range; expected 0 to 65535"},
		{"WEB_MAX_BODY_SIZE", "10MB", "not a whole number; expected e.g. 10485760"},
		{"WEB_MAX_BODY_SIZE", "0", "too small; expected at least 1"},
		{"WEB_MAX_BODY_SIZE", "9223372036854775808", "out of range; expected at least 1"},
		{"WEB_MAX_HEADER_BYTES", "-5", "too small; expected at least 1"},
		{"WEB_COMPRESSION_THRESHOLD", "-1", "too small; expected at least 0"},
		{"DATABASE_POOL_MAX", "0", "too small; expected at least 1"},
		{"LOG_MAX_PARAM_LENGTH", "many", "not a whole number; expected e.g. 100"},
		{"WEB_COMPRESSION_ENABLED", "yes", boolean},
		{"DATABASE_AUTO_MIGRATE", "2", boolean},
		{"LOG_LEVEL", "loud", level},
		{"LOG_LEVEL", "0", level},
		{"LOG_LEVEL", "info+2", level},
		{"LOG_FORMAT", "xml", "not one of the known values; " + enum},
		{"ACTION_TIMEOUT", "soon", "not a duration; expected e.g. 300000 (milliseconds) or 5m"},
		{"ACTION_TIMEOUT", "1.5", "not a duration; expected e.g. 300000 (milliseconds) or 5m"},
		{"ACTION_TIMEOUT", "9223372036854775807", "not a duration; expected e.g. 300000 (milliseconds) or 5m"},
		{"ACTION_TIMEOUT", "-1", "too small; expected at least 0s"},
		{"PROCESS_SHUTDOWN_TIMEOUT", "0", "too small; expected at least 1ms"},
		{"WEB_WRITE_TIMEOUT", "x", "not a duration; expected e.g. 60000 (milliseconds) or 1m"},
		{"WEB_SERVER_API_ROUTE", "api", `does not begin with "/"; expected e.g. /api`},
		{"WEB_SERVER_API_ROUTE", "/a//b", route + "/api"},
		{"WEB_SERVER_API_ROUTE", "/a/../b", route + "/api"},
		{"WEB_SERVER_API_ROUTE", "/{x}", route + "/api"},
		{"WEB_SERVER_STATIC_ROUTE", "/a?b", route + "/static"},
		{"WEB_SERVER_HOST", "localhost:8080", host},
		{"WEB_SERVER_HOST", "http://localhost", host},
		{"WEB_SERVER_HOST", "[::1]", host},
		{"WEB_SERVER_ALLOWED_ORIGINS", "https://a.example, b.example", origin},
		{"WEB_SERVER_ALLOWED_ORIGINS", "https://a.example/", origin},
		{"WEB_SERVER_ALLOWED_ORIGINS", "https://*.example", origin},
		{"WEB_SERVER_ALLOWED_ORIGINS", "null", origin},
		{"WS_ALLOWED_ORIGINS", "app.example", origin},
		{"WS_ALLOWED_ORIGINS", "null", origin},
		{"WEB_SERVER_ALLOWED_ORIGINS", "*,https://a.example",
			"has * beside other origins, which it covers; expected * alone, or origins without it"},
		{"REDIS_URL", "localhost:6379", scheme + "redis://localhost:6379/0"},
		{"DATABASE_URL", "app.db", scheme + "postgres://user@localhost:5432/app"},
		{"DATABASE_URL", "sqlite://a\tb", "has a control character, which no URL may have; expected e.g. postgres://user@localhost:5432/app"},
		{"APPLICATION_URL", "app.example", httpURL},
		{"APPLICATION_URL", "https://", httpURL},
		{"APPLICATION_URL", "ftp://app.example", httpURL},
		{"APPLICATION_URL", "https://app.example/?a=b", "has more than a scheme, a host, a port and a path; expected e.g. https://app.example"},
		{"WEB_CORRELATION_ID_HEADER", "X Request", "not the name of a header; expected e.g. X-Request-Id"},
		{"WEB_SECURITY_FRAME_OPTIONS", "DENY\r\nSet-Cookie: a=b", character + "DENY"},
		{"PROCESS_NAME", "a\x00b", character + "server"},
		{"KERYX_ENV", "a.b", "not the name of an environment; expected letters, digits, - and _, e.g. production"},
	}
	for _, tt := range tests {
		t.Run(tt.variable+"="+tt.value, func(t *testing.T) {
			c, err := keryx.LoadConfig(config.Options{Environ: []string{tt.variable + "=" + tt.value}, DotEnv: "-"})
			if err == nil {
				t.Fatal("no error")
			}
			line := err.Error()
			if !strings.HasPrefix(line, tt.variable+`="`) || !strings.HasSuffix(line, `" (from environment): `+tt.want) || strings.Contains(line, "\n") {
				t.Errorf("got  %s\nwant %s=… (from environment): %s", line, tt.variable, tt.want)
			}
			if got := setting(t, c, tt.variable); got.Value != got.Default || got.Source != "built-in" {
				t.Errorf("listed as %+v; want the default", got)
			}
		})
	}
}

func TestRightValues(t *testing.T) {
	tests := []struct{ variable, value, want string }{
		{"WEB_SERVER_PORT", " 0 ", "0"},
		{"WEB_SERVER_PORT", "65535", "65535"},
		{"WEB_COMPRESSION_ENABLED", "FALSE", "false"},
		{"CLI_QUIET", "tRuE", "true"},
		{"CLI_QUIET", "1", "true"},
		{"LOG_LEVEL", "TRACE", "trace"},
		{"LOG_LEVEL", "fatal", "fatal"},
		{"LOG_FORMAT", "JSON", "json"},
		{"ACTION_TIMEOUT", "1500", "1.5s"},
		{"ACTION_TIMEOUT", "2h", "2h"},
		{"ACTION_TIMEOUT", "0", "0s"},
		{"WEB_SERVER_API_ROUTE", "/", "/"},
		{"WEB_SERVER_API_ROUTE", "/v1/api/", "/v1/api"},
		{"WEB_SERVER_HOST", "::1", "::1"},
		{"WEB_SERVER_HOST", "0.0.0.0", "0.0.0.0"},
		{"WEB_SERVER_ALLOWED_ORIGINS", "https://A.example , http://localhost:3000,", "https://a.example,http://localhost:3000"},
		{"WS_ALLOWED_ORIGINS", "https://A.example , capacitor://localhost", "https://a.example,capacitor://localhost"},
		{"WS_ALLOWED_ORIGINS", "*", "*"},
		{"APPLICATION_URL", "https://app.example/base/", "https://app.example/base"},
		{"DATABASE_URL", "sqlite://:memory:", "sqlite://:memory:"},
		{"REDIS_URL", "embedded://", "embedded://"},
		{"REDIS_URL", "unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"},
		{"REDIS_URL", "redis+cluster://a:1?addr=b:2", "redis+cluster://a:1?addr=b:2"},
		{"DATABASE_URL", "postgres://u@a:1,b:2/x\n", "postgres://u@a:1,b:2/x"},
		{"WEB_SECURITY_CSP", "default-src 'self'; img-src https://a.example", "default-src 'self'; img-src https://a.example"},
	}
	for _, tt := range tests {
		t.Run(tt.variable+"="+tt.value, func(t *testing.T) {
			if got := setting(t, load(t, tt.variable+"="+tt.value), tt.variable); got.Value != tt.want || got.Source != "environment" {
				t.Errorf("got %+v; want %q", got, tt.want)
			}
		})
	}
}

func TestEveryWrongValueIsReported(t *testing.T) {
	c, err := keryx.LoadConfig(config.Options{
		Environ: []string{"KERYX_ENV=test", "CLI_QUIET=maybe", "WEB_SERVER_PORT_TEST=abc", "WEB_SERVER_PORT=1", "NOT_OURS=x",
			"PROCESS_NAME=" + strings.Repeat("é", 200) + "\x01"},
		DotEnv:   "-",
		Defaults: map[string]string{"LOG_FORMAT": "xml"},
	})
	want := `PROCESS_NAME="` + strings.Repeat("é", 80) + `…" (from environment): has a control character, which no header may have; expected e.g. server
LOG_FORMAT="xml" (from app default): not one of the known values; expected text or json
WEB_SERVER_PORT_TEST="abc" (from environment): not a whole number; expected e.g. 8080
CLI_QUIET="maybe" (from environment): not a boolean; expected true or false`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if c == nil || c.Server.Web.Port != 8080 || c.Process.Env != "test" {
		t.Errorf("the config is not usable with an error: %v", c)
	}
}
