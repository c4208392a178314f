package conformance

import (
	"net/url"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestEveryTransportSaysTheSame runs the table over all transports.
func TestEveryTransportSaysTheSame(t *testing.T) {
	rows := slices.Concat(numberRows, textRows, timeRows, listRows, nestedRows, presenceRows, checkRows, failureRows)
	for name, transport := range transports(t) {
		t.Run(name, func(t *testing.T) {
			for _, r := range rows {
				t.Run(r.action+"/"+r.name, func(t *testing.T) {
					if transport.typed != nil && r.json != unsayable {
						r.check(t, transport.typed(t, r.action, r.json))
					}
					if transport.textual != nil && r.text != unsayable {
						values, err := url.ParseQuery(r.text)
						if err != nil {
							t.Fatalf("the row's text: %v", err)
						}
						r.check(t, transport.textual(t, r.action, values))
					}
				})
			}
		})
	}
}

// TestRowsHaveNames keeps the table readable: two rows of one name are a mistake.
func TestRowsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range slices.Concat(numberRows, textRows, timeRows, listRows, nestedRows, presenceRows, checkRows, failureRows) {
		name := r.action + "/" + r.name
		if r.name == "" || seen[name] {
			t.Errorf("the row %q has no name of its own", name)
		}
		seen[name] = true
	}
}

// transport carries a call in one of the two ways or in both.
type transport struct {
	typed   func(t *testing.T, action, params string) answer
	textual func(t *testing.T, action string, params url.Values) answer
}
