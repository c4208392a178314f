package action

import (
	"encoding/json"
	"fmt"

	"github.com/keryx-go/keryx/action/input"
)

// paramsOf makes parameters of what a caller of [Registry.Act] hands over.
func paramsOf(params any) (Params, error) {
	switch p := params.(type) {
	case nil:
		return nil, nil
	case Params:
		return p, nil
	case map[string]any:
		return p, nil
	}
	encoded, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("cannot encode the parameters: %w", err)
	}
	decoded, err := input.ParseObject(encoded)
	if err != nil {
		return nil, fmt.Errorf("the parameters of an action are a map or a struct, not %T: %w", params, err)
	}
	return decoded, nil
}
