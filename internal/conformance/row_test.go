package conformance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// row is one call of an action. Its parameters are said twice: typed, as a JSON
// body and a WebSocket have them, and as text, as a query, a form and a command line
// do. Text is coerced to the type of its input, JSON is not.
type row struct {
	name   string
	action string
	json   string // an object; unsayable where JSON has no word for it
	text   string // a query; unsayable where text has no word for it
	want   string // the result as JSON, unless there is an error
	err    refusal
}

// unsayable stands for parameters that a kind of transport cannot express.
const unsayable = "-"

// refusal is an error as every transport must say it.
type refusal struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Key     string `json:"key"`
	Value   any    `json:"value"`
	more    int    // how many further inputs are wrong
}

// invalid returns the error for one invalid input. value is the sent value as text.
func invalid(key string, value any, message string) refusal {
	return refusal{Type: "CONNECTION_ACTION_PARAM_REQUIRED", Key: key, Value: value, Message: message}
}

func (r refusal) and(more int) refusal {
	r.more = more
	return r
}

// answer is what a transport brought back: a result or an error.
type answer struct {
	Result json.RawMessage
	Error  *struct {
		refusal
		Timestamp int64             `json:"timestamp"`
		Errors    []json.RawMessage `json:"errors"`
	} `json:"error"`
}

// check compares an answer with what the row wants.
func (r row) check(t *testing.T, got answer) {
	t.Helper()
	switch {
	case r.err.Type == "" && got.Error != nil:
		t.Fatalf("got the error %+v, want %s", got.Error.refusal, r.want)
	case r.err.Type == "":
		if !sameJSON(t, string(got.Result), r.want) {
			t.Errorf("got %s, want %s", got.Result, r.want)
		}
		return
	case got.Error == nil:
		t.Fatalf("got %s, want the error %+v", got.Result, r.err)
	}
	e := got.Error
	if e.Type != r.err.Type || e.Message != r.err.Message || e.Key != r.err.Key || asText(e.Value) != asText(r.err.Value) {
		t.Errorf("got  %+v\nwant %+v", e.refusal, r.err)
	}
	if e.Timestamp == 0 {
		t.Error("the error has no timestamp")
	}
	if len(e.Errors) > 0 && len(e.Errors) != 1+r.err.more || len(e.Errors) == 0 && r.err.more > 0 {
		t.Errorf("the error names %d inputs, want %d: %s", len(e.Errors), 1+r.err.more, e.Errors)
	}
}

// asText makes the number 5 and the text "5" the same: which of them a client gets
// back is which it sent.
func asText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var left, right any
	if err := json.Unmarshal([]byte(a), &left); err != nil {
		t.Fatalf("%q is no JSON: %v", a, err)
	}
	if err := json.Unmarshal([]byte(b), &right); err != nil {
		t.Fatalf("the row wants %q, which is no JSON: %v", b, err)
	}
	return reflect.DeepEqual(left, right)
}
