package config_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// load loads from the given variables and nothing else, and fails the test
// when something is wrong with them.
func load(t *testing.T, environ ...string) *keryx.Config {
	t.Helper()
	c, err := keryx.LoadConfig(config.Options{Environ: append([]string{}, environ...), DotEnv: "-"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// setting returns the listed setting of a variable.
func setting(t *testing.T, c *keryx.Config, variable string) config.Setting {
	t.Helper()
	for _, s := range c.Settings() {
		if s.Variable == variable {
			return s
		}
	}
	t.Fatalf("no setting has the variable %s", variable)
	return config.Setting{}
}
