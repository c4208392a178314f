package input

import (
	"fmt"

	"github.com/keryx-go/keryx/internal/strictjson"
)

// MaxDepth is the maximum nesting of arrays and objects in a JSON body.
const MaxDepth = strictjson.MaxDepth

// ParseObject parses one JSON object. It is stricter than encoding/json, which accepts
// texts that a client and a server may interpret differently. ParseObject returns an
// error for a key that occurs twice in one object, invalid UTF-8, data after the
// object, and nesting deeper than [MaxDepth]. Numbers are [json.Number], which keeps
// their precision.
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

// ParseValue parses one JSON value of any type, as strictly as [ParseObject] does.
func ParseValue(data []byte) (any, error) {
	text, err := strictjson.Parse(data)
	if err != nil {
		return nil, err
	}
	return text.Decode()
}
