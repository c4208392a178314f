package conformance

var checkRows = []row{
	{name: "normalised", action: "checked", json: `{"email":"ADA@Example.com","from":1,"to":2}`, text: "email=ADA%40Example.com&from=1&to=2",
		want: `{"email":"ada@example.com","from":1,"to":2}`},
	{name: "refused", action: "checked", json: `{"email":"a","from":3,"to":2}`, text: "email=a&from=3&to=2", err: invalid("from", "3", "must not be after to").and(1)},
	{name: "a secret", action: "secrets", json: `{"password":"correct horse"}`, text: "password=correct+horse", want: `13`},
	{name: "a bad secret is not repeated", action: "secrets", json: `{"password":"short"}`, text: "password=short", err: invalid("password", "[[secret]]", "password must have at least 8 characters")},
	{name: "a missing secret", action: "secrets", json: `{}`, text: "", err: invalid("password", nil, "Missing required param: password")},
	{name: "no inputs, no result", action: "nothing", json: `{}`, text: "", want: `null`},
}

var failureRows = []row{
	{name: "none", action: "fails", json: `{"how":"not"}`, text: "how=not", want: `"not"`},
	{name: "typed", action: "fails", json: `{"how":"typed"}`, text: "how=typed", err: refusal{Type: "ACTION_VALIDATION", Message: "User already exists"}},
	{name: "untyped", action: "fails", json: `{"how":"untyped"}`, text: "how=untyped", err: refusal{Type: "CONNECTION_ACTION_RUN", Message: "Invalid email or password"}},
	{name: "no session", action: "fails", json: `{"how":"session"}`, text: "how=session", err: refusal{Type: "CONNECTION_SESSION_NOT_FOUND", Message: "Session not found"}},
	{name: "with a key", action: "fails", json: `{"how":"keyed"}`, text: "how=keyed", err: refusal{Type: "ACTION_VALIDATION", Message: "taken", Key: "how", Value: "keyed"}},
	{name: "plain", action: "fails", json: `{"how":"plain"}`, text: "how=plain", err: refusal{Type: "CONNECTION_ACTION_RUN", Message: "the disk is full"}},
	{name: "a panic", action: "fails", json: `{"how":"panic"}`, text: "how=panic", err: refusal{Type: "CONNECTION_SERVER_ERROR", Message: "panic: oh no"}},
	{name: "too late", action: "fails", json: `{"how":"late"}`, text: "how=late", err: refusal{Type: "CONNECTION_ACTION_TIMEOUT", Message: "Action 'fails' timed out after 50ms"}},
	{name: "too late, and deaf", action: "fails", json: `{"how":"deaf"}`, text: "how=deaf", err: refusal{Type: "CONNECTION_ACTION_TIMEOUT", Message: "Action 'fails' timed out after 50ms"}},
}
