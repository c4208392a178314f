package input

import (
	"fmt"

	"github.com/keryx-go/keryx/internal/strictjson"
)

// MaxDepth is how deep the arrays and objects of a JSON body may nest.
const MaxDepth = strictjson.MaxDepth

// ParseObject reads one JSON object. It is stricter than encoding/json, which
// guesses where a client and a server could disagree on what was said: it
// refuses a key that occurs twice in one object, invalid UTF-8, anything after
// the object, and nesting deeper than [MaxDepth]. Numbers come as
// [json.Number], so that none loses precision.
func ParseObject(data []byte) (map[string]any, error) {
	text, err := strictjson.Parse(data)
	if err != nil {
		return nil, err
	}
	value, err := text.Decode()
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected a JSON object, got %s", text.Kind())
	}
	return object, nil
}

// parse reads one JSON value as [ParseObject] does.
func parse(data []byte) (any, error) {
	text, err := strictjson.Parse(data)
	if err != nil {
		return nil, err
	}
	return text.Decode()
}
