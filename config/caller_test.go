package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

func TestSettingsThatMustFitEachOther(t *testing.T) {
	for environ, want := range map[string]string{
		"SESSION_COOKIE_SAME_SITE=None":                            "SESSION_COOKIE_SAME_SITE=None needs SESSION_COOKIE_SECURE=true",
		"SESSION_COOKIE_SAME_SITE=None SESSION_COOKIE_SECURE=true": "",
		"PRESENCE_TTL=30":                                          "PRESENCE_HEARTBEAT_INTERVAL (30s) must be less than PRESENCE_TTL (30s)",
		"PRESENCE_TTL=3 PRESENCE_HEARTBEAT_INTERVAL=1":             "",
	} {
		_, err := keryx.LoadConfig(config.Options{Environ: strings.Fields(environ), DotEnv: "-"})
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", environ, err, want)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	c, err := keryx.LoadConfig(config.Options{Environ: []string{"WEB_SERVER_TRUSTED_PROXIES=10.1.2.3/8, 192.0.2.7 ,2001:db8::/32"}, DotEnv: "-"})
	if want := []string{"10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"}; err != nil || !slices.Equal(c.Server.Web.TrustedProxies, want) {
		t.Errorf("got %v, %v, want %v", c.Server.Web.TrustedProxies, err, want)
	}
	_, err = keryx.LoadConfig(config.Options{Environ: []string{"WEB_SERVER_TRUSTED_PROXIES=proxy.example"}, DotEnv: "-"})
	if err == nil || !strings.Contains(err.Error(), "neither an address nor a network") {
		t.Errorf("got %v", err)
	}
}
