package config_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

// common is embedded, as settings that several sections share would be.
type common struct {
	Enabled bool `env:"ENABLED" envDefault:"true" envDefault.test:"false"`
}

type audit struct {
	common
	Retention time.Duration   `env:"RETENTION" envDefault:"30" unit:"h" minimum:"1h" doc:"How long entries are kept."`
	Ratio     float64         `env:"RATIO" envDefault:"0.5" minimum:"0" maximum:"1"`
	Small     uint8           `env:"SMALL"`
	Allowed   []netip.Addr    `env:"ALLOWED"`
	Sizes     []int           `env:"SIZES" envSeparator:";" envDefault:"1;2"`
	Kinds     []string        `env:"KINDS" enum:"read,write" envDefault:"read"`
	Labels    map[string]int  `env:"LABELS"`
	Address   netip.Addr      `env:"ADDRESS"`
	Sink      url.URL         `env:"SINK"`
	Limit     *int            `env:"LIMIT"`
	Prefix    string          `env:"PREFIX" pattern:"^[a-z]+$" patternDescription:"lower-case letters"`
	Code      string          `env:"CODE" pattern:"^[0-9]+$"`
	Password  string          `env:"PASSWORD" secret:"true" pattern:"^.{8,}$" patternDescription:"8 characters or more"`
	Token     netip.Addr      `env:"TOKEN" secret:"true"`
	Key       string          `env:"KEY" secret:"true" minLength:"4"`
	Waits     []time.Duration `env:"WAITS" unit:"s"`
	Exact     time.Duration   `env:"EXACT"`
	Store     struct {
		Path string `env:"PATH" envDefault:"audit.log"`
	} `envPrefix:"STORE_"`
	Ignored string
	NotRead string `env:"-"`
	//lint:ignore U1000 that unexported fields are no settings is what is tested
	unexported string
}

type section struct {
	Audit audit `envPrefix:"AUDIT_"`
}

func TestBind(t *testing.T) {
	c := load(t,
		"AUDIT_RETENTION=48", "AUDIT_RATIO=0.25", "AUDIT_SMALL=255", "AUDIT_ALLOWED=10.0.0.1, ::1", "AUDIT_SIZES= 3 ; 4;",
		"AUDIT_KINDS=WRITE,read", "AUDIT_LABELS=b:2, a:1", "AUDIT_ADDRESS=10.0.0.2", "AUDIT_SINK=https://u:hunter2@sink.example/x",
		"AUDIT_LIMIT=5", "AUDIT_PREFIX=abc", "AUDIT_CODE=1", "AUDIT_PASSWORD= correct horse ", "AUDIT_KEY= äö ", "AUDIT_WAITS=1,2m", "AUDIT_EXACT=0",
		"AUDIT_STORE_PATH=/var/audit", "KERYX_ENV=test")
	var s section
	s.Audit.Ignored = "kept"
	if err := c.Bind("App", &s); err != nil {
		t.Fatal(err)
	}
	limit := 5
	want := audit{
		Retention: 48 * time.Hour, Ratio: 0.25, Small: 255,
		Allowed: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("::1")},
		Sizes:   []int{3, 4}, Kinds: []string{"write", "read"}, Labels: map[string]int{"a": 1, "b": 2},
		Address: netip.MustParseAddr("10.0.0.2"), Limit: &limit, Prefix: "abc", Code: "1", Password: "correct horse", Key: " äö ",
		Waits: []time.Duration{time.Second, 2 * time.Minute}, Ignored: "kept",
		Sink: url.URL{Scheme: "https", User: url.UserPassword("u", "hunter2"), Host: "sink.example", Path: "/x"},
	}
	want.Store.Path = "/var/audit"
	if !reflect.DeepEqual(s.Audit, want) {
		t.Errorf("got  %+v\nwant %+v", s.Audit, want)
	}
	for variable, want := range map[string]config.Setting{
		"AUDIT_ENABLED": {Path: "App.Audit.Enabled", Value: "false", Default: "false", Source: "built-in"},
		"AUDIT_RETENTION": {Path: "App.Audit.Retention", Value: "48h", Default: "30h", Source: "environment",
			Doc: "How long entries are kept. A bare number is hours. At least 1h."},
		"AUDIT_ALLOWED":    {Path: "App.Audit.Allowed", Value: "10.0.0.1,::1", Source: "environment"},
		"AUDIT_SIZES":      {Path: "App.Audit.Sizes", Value: "3;4", Default: "1;2", Source: "environment"},
		"AUDIT_LABELS":     {Path: "App.Audit.Labels", Value: "a:1,b:2", Source: "environment"},
		"AUDIT_LIMIT":      {Path: "App.Audit.Limit", Value: "5", Source: "environment"},
		"AUDIT_SINK":       {Path: "App.Audit.Sink", Value: "https://u:***@sink.example/x", Source: "environment"},
		"AUDIT_WAITS":      {Path: "App.Audit.Waits", Value: "1s,2m", Source: "environment", Doc: "A bare number is seconds."},
		"AUDIT_STORE_PATH": {Path: "App.Audit.Store.Path", Value: "/var/audit", Default: "audit.log", Source: "environment"},
	} {
		want.Variable = variable
		if got := setting(t, c, variable); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	if last := c.Settings()[len(c.Settings())-1]; last.Path != "App.Audit.Store.Path" {
		t.Errorf("the section is not at the end: %+v", last)
	}
}

func TestBindKeepsWhatIsThere(t *testing.T) {
	c := load(t)
	s := struct {
		Level int `env:"LEVEL"`
	}{Level: 3}
	if err := c.Bind("App", &s); err != nil {
		t.Fatal(err)
	}
	if got := setting(t, c, "LEVEL"); s.Level != 3 || got.Value != "3" || got.Default != "3" || got.Source != "built-in" {
		t.Errorf("got %d, listed as %+v", s.Level, got)
	}
}

func TestBindWrongValues(t *testing.T) {
	c, err := keryx.LoadConfig(config.Options{DotEnv: "-", Environ: []string{
		"AUDIT_RETENTION=1m", "AUDIT_RATIO=NaN", "AUDIT_SMALL=256", "AUDIT_ALLOWED=10.0.0.1,x", "AUDIT_SIZES=1;b", "AUDIT_KINDS=read,delete",
		"AUDIT_LABELS=a", "AUDIT_ADDRESS=hunter", "AUDIT_SINK=https://u:hunter2%zz@x", "AUDIT_LIMIT=many", "AUDIT_PREFIX=A", "AUDIT_CODE=a",
		"AUDIT_PASSWORD=hunter2", "AUDIT_TOKEN=hunter2", "AUDIT_KEY=äöü", "AUDIT_WAITS=1,soon", "AUDIT_EXACT=5",
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := struct {
		section
		Needed string `env:"NEEDED,required" example:"a word"`
		Must   int    `env:"MUST,notEmpty"`
		Secret string `env:"SECRET,required" secret:"true"`
	}{}
	err = c.Bind("App", &s)
	want := strings.TrimPrefix(`
AUDIT_RETENTION="1m" (from environment): too small; expected at least 1h
AUDIT_RATIO="NaN" (from environment): too small; expected 0 to 1
AUDIT_SMALL="256" (from environment): out of range; expected e.g. 10
AUDIT_ALLOWED="10.0.0.1,x" (from environment): has an element that is not a netip.Addr; expected a list, each element a netip.Addr
AUDIT_SIZES="1;b" (from environment): has an element that is not a whole number; expected e.g. 1;2
AUDIT_KINDS="read,delete" (from environment): not one of the known values; expected read or write
AUDIT_LABELS="a" (from environment): not a list of key:value pairs, string:int
AUDIT_ADDRESS="hunter" (from environment): ParseAddr("hunter"): unable to parse IP; expected a netip.Addr
AUDIT_SINK="https://u:***@x" (from environment): not a URL
AUDIT_LIMIT="many" (from environment): not a whole number; expected e.g. 10
AUDIT_PREFIX="A" (from environment): not of the right form; expected lower-case letters
AUDIT_CODE="a" (from environment): not of the right form; expected to match ^[0-9]+$
AUDIT_PASSWORD="[[secret]]" (from environment): not of the right form; expected 8 characters or more
AUDIT_TOKEN="[[secret]]" (from environment): not a netip.Addr
AUDIT_KEY="[[secret]]" (from environment): too short; expected at least 4 characters
AUDIT_WAITS="1,soon" (from environment): has an element that is not a duration; expected a list, each element a duration
AUDIT_EXACT="5" (from environment): not a duration; expected e.g. 30s
NEEDED is not set; expected e.g. a word
MUST is not set; expected e.g. 10
SECRET is not set; expected a text`, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if s.Audit.Retention != 30*time.Hour || setting(t, c, "AUDIT_RETENTION").Value != "30h" {
		t.Errorf("a wrong value does not leave the default: %v", s.Audit.Retention)
	}
}

func TestBindMisuse(t *testing.T) {
	tests := []struct {
		name string
		into any
		want string
	}{
		{"nil", nil, "Bind needs a pointer to a struct, not <nil>"},
		{"no pointer", audit{}, "Bind needs a pointer to a struct, not config_test.audit"},
		{"nil pointer", (*audit)(nil), "Bind needs a pointer to a struct, not *config_test.audit"},
		{"no struct", new(int), "Bind needs a pointer to a struct, not *int"},
		{"type", &struct {
			F func() `env:"F"`
		}{}, "field App.F: a func() cannot be read from a variable"},
		{"struct", &struct {
			F struct{ X int } `env:"F"`
		}{}, "field App.F: a struct { X int } cannot be read from a variable"},
		{"unit", &struct {
			F time.Duration `env:"F" unit:"week"`
		}{}, `field App.F: unit "week" is unknown`},
		{"format", &struct {
			F string `env:"F" format:"email"`
		}{}, `field App.F: format "email" is unknown`},
		{"pattern", &struct {
			F string `env:"F" pattern:"("`
		}{}, "field App.F: pattern: error parsing regexp"},
		{"minimum", &struct {
			F int `env:"F" minimum:"x"`
		}{}, `field App.F: minimum "x": not a whole number`},
		{"maximum of a text", &struct {
			F string `env:"F" maximum:"1"`
		}{}, "field App.F: maximum is for numbers and durations, not for a string"},
		{"minLength", &struct {
			F string `env:"F" minLength:"0"`
		}{}, `field App.F: minLength "0": it is the least number of characters of a text, from 1`},
		{"minLength of a number", &struct {
			F int `env:"F" minLength:"1"`
		}{}, `field App.F: minLength "1": it is the least`},
		{"option", &struct {
			F string `env:"F,unset"`
		}{}, `field App.F: env option "unset" is not supported`},
		{"default", &struct {
			F int `env:"F" envDefault:"x"`
		}{}, `field App.F: envDefault "x": not a whole number`},
		{"secret default", &struct {
			F string `env:"F" envDefault:"hunter2" enum:"a" secret:"true"`
		}{}, `field App.F: envDefault "[[secret]]": not one of the known values; expected a`},
		{"misspelt tag", &struct {
			F string `env:"F" envDefalt:"x"`
		}{}, `field App.F: unknown tag "envDefalt"; did you mean "envDefault"?`},
		{"tag of an input", &struct {
			F string `env:"F" required:"true"`
		}{}, `field App.F: the tag required has no effect on a setting; write env:"NAME,required"`},
		{"default in the environment", &struct {
			F int `env:"F" envDefault:"1" envDefault.development:"x"`
		}{}, `field App.F: envDefault "x": not a whole number`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := load(t)
			before := len(c.Settings())
			if err := c.Bind("App", tt.into); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want %s", err, tt.want)
			}
			if len(c.Settings()) != before {
				t.Error("settings of the section are listed all the same")
			}
		})
	}
}

func TestBindNames(t *testing.T) {
	c := load(t)
	if err := c.Bind("App", &common{}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"App":    `section "App" is bound already`,
		"":       `section "" is bound already`,
		"Server": `section "Server": Server.Web.Port has that name already`,
	} {
		if err := c.Bind(name, &common{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %s", err, want)
		}
	}
	if got := setting(t, c, "ENABLED"); got.Path != "App.Enabled" || got.Value != "true" {
		t.Errorf("%+v", got)
	}
}

func TestBindSameVariable(t *testing.T) {
	c := load(t, "KEY=1")
	if err := c.Bind("Audit", &struct {
		Key string `env:"KEY"`
	}{}); err != nil {
		t.Fatal(err)
	}
	err := c.Bind("Billing", &struct {
		Port  string `env:"WEB_SERVER_PORT"`
		Key   string `env:"KEY"`
		Own   string `env:"OWN"`
		Again string `env:"OWN"`
	}{})
	want := `config: Server.Web.Port and Billing.Port have the same variable WEB_SERVER_PORT; give each its own
config: Audit.Key and Billing.Key have the same variable KEY; give each its own
config: Billing.Own and Billing.Again have the same variable OWN; give each its own`
	if err == nil || err.Error() != want || c.Err() == nil || c.Err().Error() != want {
		t.Errorf("got\n%v\nremembered\n%v\nwant\n%s", err, c.Err(), want)
	}
	for _, s := range c.Settings() {
		if strings.HasPrefix(s.Path, "Billing.") {
			t.Errorf("%s is bound all the same", s.Path)
		}
	}
}

// pool has a setting with a derived default, and two that must fit each other.
type pool struct {
	Max  int    `env:"MAX" envDefault:"4" minimum:"1"`
	Idle int    `env:"IDLE" envDefaultFrom:"half of MAX"`
	Name string `env:"NAME" envDefault:"pool"`
	Note string `env:"NOTE" envDefault:"x" empty:"none"`
	Zero int    `env:"ZERO" envDefault:"7" minimum:"0"`
}

func (p *pool) Derive() { p.Idle, p.Name = p.Max/2, "not derived" }

func (p *pool) Validate() error {
	if p.Idle > p.Max {
		return fmt.Errorf("%sIDLE (%d) must not be more than MAX (%d)", p.Name, p.Idle, p.Max)
	}
	return nil
}

func TestHooks(t *testing.T) {
	type embedding struct {
		pool
		Inner pool `envPrefix:"INNER_"`
	}
	for environ, want := range map[string]struct {
		idle, inner int
		err         string
	}{
		"":                           {2, 2, ""},
		"MAX=10 INNER_MAX=6":         {5, 3, ""},
		"MAX=10 IDLE=0 INNER_IDLE=1": {0, 1, ""},
		"IDLE=5":                     {5, 2, "poolIDLE (5) must not be more than MAX (4)"},
		"INNER_IDLE=5 INNER_NAME=n":  {2, 5, "nIDLE (5) must not be more than MAX (4)"},
		"INNER_IDLE=5 INNER_MAX=0":   {2, 5, `INNER_MAX="0" (from environment): too small; expected at least 1`},
		"INNER_MAX=0 IDLE=5":         {5, 2, `INNER_MAX="0" (from environment): too small; expected at least 1`},
	} {
		set := config.Open(config.Options{Environ: strings.Fields(environ), DotEnv: "-"})
		var e embedding
		err := set.Bind("App", &e)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if e.Idle != want.idle || e.Inner.Idle != want.inner || text != want.err {
			t.Errorf("%s: got %d, %d, %v; want %+v", environ, e.Idle, e.Inner.Idle, err, want)
		}
	}
}

// TestOtherMistakes: settings that must fit each other are checked although a
// setting of another group is wrong.
func TestOtherMistakes(t *testing.T) {
	_, err := keryx.LoadConfig(config.Options{DotEnv: "-", Environ: []string{"CLI_QUIET=x", "SESSION_COOKIE_SAME_SITE=None", "PRESENCE_TTL=x"}})
	want := `PRESENCE_TTL="x" (from environment): not a duration; expected e.g. 90 (seconds) or 1m30s
CLI_QUIET="x" (from environment): not a boolean; expected true or false
SESSION_COOKIE_SAME_SITE=None needs SESSION_COOKIE_SECURE=true: browsers drop such a cookie otherwise`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestDefaultAndComplete(t *testing.T) {
	if got, want := config.Default[pool](), (pool{4, 2, "pool", "x", 7}); got != want {
		t.Errorf("Default: got %+v; want %+v", got, want)
	}
	p := pool{Max: -1}
	config.Complete(&p)
	if want := (pool{4, 0, "pool", "", 0}); p != want {
		t.Errorf("Complete: got %+v; want %+v", p, want)
	}
	kept := pool{1, 2, "a", "b", 3}
	p = kept
	if config.Complete(&p); p != kept {
		t.Errorf("Complete changes set fields: %+v", p)
	}
}
