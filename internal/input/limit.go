package input

import "encoding/json"

// limit is the lower or the upper limit of numbers.
type limit struct {
	decimal
	exclusive bool
}

// bounds returns the limit as one of the two bounds of a schema. That of the type stays
// where the limit is the other one.
func (l *limit) bounds(ofType json.Number) (inclusive, exclusive json.Number) {
	if l.exclusive {
		return ofType, json.Number(l.String())
	}
	return json.Number(l.String()), ""
}
