package conformance

import "testing"

// TestAnActionThatIsNotThere is named where the caller has named it.
func TestAnActionThatIsNotThere(t *testing.T) {
	app := start(t)
	named := row{err: refusal{Type: "CONNECTION_ACTION_NOT_FOUND", Message: "Action not found: nowhere"}}
	unnamed := row{err: refusal{Type: "CONNECTION_ACTION_NOT_FOUND", Message: "Action not found"}}
	unnamed.check(t, overHTTP(app, t, "nowhere", "", "application/json", "{}"))
	named.check(t, runCommand(t, "nowhere", "-q"))
	named.check(t, callOver(t, dial(t, app), "nowhere", "{}"))
}
