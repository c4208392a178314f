package e2e

import "testing"

// TestTypeScriptInTheShop sends every kind of input, and reads every kind of result and of
// error.
func TestTypeScriptInTheShop(t *testing.T) {
	everywhere(t, "shop_steps", shop, func(t *testing.T, _ *server, steps stepper) {
		const inputs = `[7,"price",["a b","&"],"2030-01-02T03:04:05Z",{"cheap":true},["a"],"1152921504606846976","note",[[1,2],[]],{"k":"v"},120000000000,"acme",` +
			`{"org":"a/b ?","rest":"x/y z","full":true},"none",[1]]`
		const streams = `count 0 {"index":0}; count 1 {"index":1}; {"index":0}; 0; 1; 2; one; CONNECTION_CONFLICT; `
		gives(t, steps, inputs, "inputs", "http")
		gives(t, steps, inputs, "inputs", "websocket")
		gives(t, steps, "T ü.png image/png 4 false 2 [{k}]; 5 raw & whole; true 0; [1]; socket", "bodies")
		gives(t, steps, "255,0,1", "bytes")
		gives(t, steps, streams+"CLIENT_CONNECTION_LOST", "streams", "http")
		gives(t, steps, streams+"CONNECTION_CONFLICT", "streams", "websocket")
		for _, transport := range []string{"http", "websocket"} {
			gives(t, steps, "CLIENT_TIMEOUT; mine; enough", "aborted", transport)
		}
		gives(t, steps, failures(true), "fails", "http")
		gives(t, steps, failures(false), "fails", "websocket")
		gives(t, steps, []string{
			"proxy CLIENT_BAD_RESPONSE", "nowhere CLIENT_CONNECTION_LOST", "path CLIENT_BAD_CALL", "transport CLIENT_BAD_CALL", "unknown CLIENT_BAD_CALL",
			"channel CLIENT_BAD_CALL", "told CONNECTION_FORBIDDEN", "closed CONNECTION_FORBIDDEN", "shut CLIENT_CLOSED",
		}, "clientErrors")
		gives(t, steps, 50, "burst")
	})
}

// failures returns the errors of the action fail, as they come over HTTP or over a WebSocket.
func failures(http bool) []string {
	status := func(code string) string {
		if http {
			return code
		}
		return ""
	}
	retry := ""
	if http {
		retry = "7"
	}
	return []string{
		"conflict CONNECTION_CONFLICT " + status("409") + "   0  ",
		"limited CONNECTION_RATE_LIMITED " + status("429") + "   0  " + retry,
		"panic CONNECTION_SERVER_ERROR " + status("500") + "   0  ",
		"details QUOTA " + status("402") + `   0 {"used":7} `,
		"fields CONNECTION_ACTION_PARAM_REQUIRED " + status("406") + " with  0  ",
		"other CONNECTION_ACTION_PARAM_REQUIRED " + status("406") + " with other 1  ",
	}
}

// TestGapsInTheShop: after a restart a channel with a history has everything, and one without
// reports a gap.
func TestGapsInTheShop(t *testing.T) {
	everywhere(t, "shop_steps", shop, func(t *testing.T, s *server, steps stepper) {
		steps.step("listen")
		at := logs(t, steps, 0, "members")
		steps.step("say", "room:3", "one")
		steps.step("say", "news", "two")
		steps.step("say", "room:4", "of another room")
		at = logs(t, steps, at, "room one", "news two")
		steps.step("begin")
		at = logs(t, steps, at, "begun")
		s.kill()
		logs(t, steps, at, "wait CLIENT_CONNECTION_LOST")
		logs(t, steps, at, "follow CLIENT_CONNECTION_LOST")
		s.run()
		logs(t, steps, at, "room recovered")
		logs(t, steps, at, "get CLIENT_TIMEOUT")
		at = logs(t, steps, at, "news gap", "members")
		steps.step("say", "room:3", "three")
		steps.step("say", "news", "four")
		logs(t, steps, at, "room three", "news four")
	})
}
