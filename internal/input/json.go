package input

import (
	"fmt"

	"github.com/keryx-go/keryx/internal/strictjson"
)

// MaxValues is the maximum number of values in a JSON body; see [strictjson.MaxValues].
const MaxValues = strictjson.MaxValues

// MaxDepth is the maximum nesting of arrays and objects in a JSON body.
const MaxDepth = strictjson.MaxDepth

// ParseObject parses one JSON object. It is stricter than encoding/json, which accepts
// texts that a client and a server may interpret differently. ParseObject returns an
// error for a key that occurs twice in one object, invalid UTF-8, data after the
// object, nesting deeper than [MaxDepth], and more than [MaxValues] values. Numbers are
// [json.Number], which keeps their precision.
func ParseObject(data []byte) (map[string]any, error) { return parseObject(data, nil) }

func parseObject(data []byte, shape *strictjson.Shape) (map[string]any, error) {
	text, err := strictjson.Parse(data)
	if err != nil {
		return nil, err
	}
	value, err := text.DecodeShape(shape)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected a JSON object, got %s", text.Kind())
	}
	return object, nil
}

// parse parses one JSON value of any type, as strictly as [ParseObject] does.
func parse(data []byte) (any, error) {
	text, err := strictjson.Parse(data)
	if err != nil {
		return nil, err
	}
	return text.Decode()
}
