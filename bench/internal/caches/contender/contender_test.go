package contender

import (
	"os"
	"strings"
	"testing"
)

// The version of a library is that of its module in the running program. A test program
// does not have it, so this test looks the module up in go.mod.
func TestModulesAreRequired(t *testing.T) {
	required, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range All() {
		if seen[c.Name] {
			t.Errorf("there are two contenders %s", c.Name)
		}
		seen[c.Name] = true
		if library := strings.HasPrefix(c.URL, "https://"); library && !strings.Contains(string(required), "\t"+c.module+" v") {
			t.Errorf("go.mod does not require %q, the module of %s", c.module, c.Name)
		}
		if c.Setup == "" {
			t.Errorf("%s has no Setup", c.Name)
		}
	}
}
