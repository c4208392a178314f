package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

// place is one place where PROCESS_NAME can be set, in order of precedence.
type place struct{ kind, variable, source string }

var places = []place{
	{"environ", "PROCESS_NAME_TEST", "environment (PROCESS_NAME_TEST)"},
	{"dotenv", "PROCESS_NAME_TEST", ".env (PROCESS_NAME_TEST)"},
	{"environ", "PROCESS_NAME", "environment"},
	{"dotenv", "PROCESS_NAME", ".env"},
	{"defaults", "PROCESS_NAME_TEST", "app default (PROCESS_NAME_TEST)"},
	{"defaults", "PROCESS_NAME", "app default"},
}

// TestPrecedence sets a setting in every combination of places.
func TestPrecedence(t *testing.T) {
	t.Chdir(t.TempDir())
	for combination := range 1 << len(places) {
		o := config.Options{Environ: []string{"KERYX_ENV=test"}, Defaults: map[string]string{}}
		dotenv, value, source := "", "server", "built-in"
		for i, p := range slices.Backward(places) {
			if combination&(1<<i) == 0 {
				continue
			}
			value, source = fmt.Sprintf("place%d", i), p.source
			switch p.kind {
			case "environ":
				o.Environ = append(o.Environ, p.variable+"="+value)
			case "dotenv":
				dotenv += p.variable + "=" + value + "\n"
			case "defaults":
				o.Defaults[p.variable] = value
			}
		}
		if err := os.WriteFile(".env", []byte(dotenv), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := keryx.LoadConfig(o)
		if err != nil {
			t.Fatal(err)
		}
		got := setting(t, c, "PROCESS_NAME")
		if c.Process.Name != value || got.Value != value || got.Source != source || got.Default != "server" {
			t.Errorf("combination %06b: got %q, listed as %+v; want %q from %s", combination, c.Process.Name, got, value, source)
		}
	}
}

func TestEnvironmentName(t *testing.T) {
	tests := []struct {
		name           string
		environ        []string
		dotenv         string
		defaults       map[string]string
		want, source   string
		wantProduction bool
	}{
		{name: "none", want: "development", source: "built-in"},
		{name: "ours", environ: []string{"KERYX_ENV=test"}, want: "test", source: "environment"},
		{name: "node's", environ: []string{"NODE_ENV=production"}, want: "production", source: "environment (NODE_ENV)", wantProduction: true},
		{name: "ours before node's", environ: []string{"NODE_ENV=production", "KERYX_ENV=test"}, want: "test", source: "environment"},
		{name: "upper case", environ: []string{"KERYX_ENV= Production "}, want: "production", source: "environment", wantProduction: true},
		{name: "empty", environ: []string{"KERYX_ENV=", "NODE_ENV="}, want: "development", source: "built-in"},
		{name: "file", dotenv: "KERYX_ENV=staging", want: "staging", source: "FILE"},
		{name: "environment before file", environ: []string{"KERYX_ENV=test"}, dotenv: "KERYX_ENV=staging", want: "test", source: "environment"},
		{name: "app default", defaults: map[string]string{"KERYX_ENV": "production"}, want: "production", source: "app default", wantProduction: true},
		{name: "node's before app default", environ: []string{"NODE_ENV=test"}, defaults: map[string]string{"KERYX_ENV": "production"},
			want: "test", source: "environment (NODE_ENV)"},
		{name: "no variant of its own", environ: []string{"KERYX_ENV=test", "KERYX_ENV_TEST=production"}, want: "test", source: "environment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "settings.env")
			if err := os.WriteFile(file, []byte(tt.dotenv), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := keryx.LoadConfig(config.Options{Environ: append([]string{}, tt.environ...), DotEnv: file, Defaults: tt.defaults})
			if err != nil {
				t.Fatal(err)
			}
			if tt.source == "FILE" {
				tt.source = file
			}
			if got := setting(t, c, "KERYX_ENV"); c.Process.Env != tt.want || got.Source != tt.source || c.Production() != tt.wantProduction {
				t.Errorf("got %q (production: %t), listed as %+v; want %q from %s", c.Process.Env, c.Production(), got, tt.want, tt.source)
			}
		})
	}
}

func TestEnvironmentSuffix(t *testing.T) {
	c := load(t, "KERYX_ENV=pre-prod", "PROCESS_NAME_PRE_PROD=dashed", "PROCESS_NAME=plain", "LOG_FORMAT_TEST=json")
	if c.Process.Name != "dashed" || c.Logger.Format != "text" {
		t.Errorf("got name %q, format %q; want dashed, text", c.Process.Name, c.Logger.Format)
	}
}

// TestEmpty is the rule of empty variables: absent, unless empty means
// something.
func TestEmpty(t *testing.T) {
	tests := []struct {
		name         string
		environ      []string
		defaults     map[string]string
		variable     string
		want, source string
	}{
		{"text", []string{"PROCESS_NAME="}, nil, "PROCESS_NAME", "server", "built-in"},
		{"space", []string{"PROCESS_NAME= \t"}, nil, "PROCESS_NAME", "server", "built-in"},
		{"number", []string{"WEB_SERVER_PORT="}, nil, "WEB_SERVER_PORT", "8080", "built-in"},
		{"URL", []string{"REDIS_URL="}, nil, "REDIS_URL", "redis://localhost:6379/0", "built-in"},
		{"variant falls back", []string{"KERYX_ENV=test", "PROCESS_NAME_TEST=", "PROCESS_NAME=n"}, nil, "PROCESS_NAME", "n", "environment"},
		{"to the app's default", []string{"PROCESS_NAME="}, map[string]string{"PROCESS_NAME": "app"}, "PROCESS_NAME", "app", "app default"},
		{"header absent", nil, nil, "WEB_SECURITY_CSP", "default-src 'self'", "built-in"},
		{"header empty", []string{"WEB_SECURITY_CSP="}, nil, "WEB_SECURITY_CSP", "", "environment"},
		{"header of space", []string{"WEB_SECURITY_HSTS=  "}, nil, "WEB_SECURITY_HSTS", "", "environment"},
		{"variant empty", []string{"KERYX_ENV=test", "WEB_SECURITY_CSP_TEST=", "WEB_SECURITY_CSP=x"}, nil,
			"WEB_SECURITY_CSP", "", "environment (WEB_SECURITY_CSP_TEST)"},
		{"app default empty", nil, map[string]string{"WEB_SECURITY_CSP": ""}, "WEB_SECURITY_CSP", "", "app default"},
		{"database off", []string{"DATABASE_URL="}, map[string]string{"DATABASE_URL": "sqlite://:memory:"}, "DATABASE_URL", "", "environment"},
		{"no origins", []string{"WEB_SERVER_ALLOWED_ORIGINS="}, nil, "WEB_SERVER_ALLOWED_ORIGINS", "", "environment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := keryx.LoadConfig(config.Options{Environ: append([]string{}, tt.environ...), DotEnv: "-", Defaults: tt.defaults})
			if err != nil {
				t.Fatal(err)
			}
			if got := setting(t, c, tt.variable); got.Value != tt.want || got.Source != tt.source {
				t.Errorf("got %+v; want %q from %s", got, tt.want, tt.source)
			}
		})
	}
}

func TestEnvironmentOfTheProcess(t *testing.T) {
	t.Setenv("KERYX_ENV", "staging")
	t.Setenv("PROCESS_NAME", "from-process")
	c, err := keryx.LoadConfig(config.Options{DotEnv: "-"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Process.Name != "from-process" {
		t.Errorf("nil Environ: got %q; want the environment of the process", c.Process.Name)
	}
	if c := load(t); c.Process.Name != "server" {
		t.Errorf("empty Environ: got %q; want the default", c.Process.Name)
	}
}

// TestSideBySide loads two configs with different environments, and nothing
// of the process changes.
func TestSideBySide(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(".env", []byte("PROCESS_NAME=file\nDATABASE_POOL_MAX=7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := os.Environ()
	one, err := keryx.LoadConfig(config.Options{Environ: []string{"KERYX_ENV=production", "WEB_SERVER_PORT=1"}})
	if err != nil {
		t.Fatal(err)
	}
	two, err := keryx.LoadConfig(config.Options{Environ: []string{"WEB_SERVER_PORT=0", "WEB_SERVER_PORT=2"}, DotEnv: "-"})
	if err != nil {
		t.Fatal(err)
	}
	if one.Server.Web.Port != 1 || one.Process.Name != "file" || one.Database.PoolMax != 7 || one.Server.Web.IncludeStackInErrors {
		t.Errorf("one: %v", one)
	}
	if two.Server.Web.Port != 2 || two.Process.Name != "server" || !two.Server.Web.IncludeStackInErrors {
		t.Errorf("two: %v", two)
	}
	if !slices.Equal(before, os.Environ()) {
		t.Error("loading has changed the environment of the process")
	}
}
