package session

import (
	"encoding/json"
	"errors"
	"strconv"
)

// Record is a session as Redis holds it, in JSON, at session:<id>.
type Record struct {
	// ID is the session's id. It is a bearer secret: it belongs in the cookie, and
	// not in a log.
	ID string `json:"id"`
	// CookieName is the cookie that carries the id.
	CookieName string `json:"cookieName"`
	// CreatedAt is when the session was made, in milliseconds since 1970. It
	// stays when the id is renewed.
	CreatedAt int64 `json:"createdAt"`
	// Data is what the app keeps in the session, a JSON object. [Data] reads it
	// into a type.
	Data json.RawMessage `json:"data"`
}

// UserID returns the userId of the session's data as text, or "" when no user
// is logged in: when there is none, or it is 0, "" or neither a number nor a text.
func (r *Record) UserID() string {
	var data struct {
		UserID json.RawMessage `json:"userId"`
	}
	if json.Unmarshal(r.Data, &data) != nil || len(data.UserID) == 0 {
		return ""
	}
	literal := string(data.UserID)
	if literal[0] == '"' {
		var text string
		_ = json.Unmarshal(data.UserID, &text) // it has been parsed once
		return text
	}
	if number, err := strconv.ParseFloat(literal, 64); err != nil || number == 0 {
		return ""
	}
	return literal
}

// Roles returns the texts of the field "roles" of the session's data, or nil.
func (r *Record) Roles() []string {
	var data struct {
		Roles []string `json:"roles"`
	}
	if json.Unmarshal(r.Data, &data) != nil {
		return nil // another kind of roles, of the app's own
	}
	return data.Roles
}

// stored is a record with the very bytes that Redis holds, so that a change can
// be made on condition that they are still there. It is never changed itself.
type stored struct {
	record Record
	raw    string
}

func parseRecord(id, raw string) (*stored, error) {
	s := &stored{raw: raw}
	if err := json.Unmarshal([]byte(raw), &s.record); err != nil {
		return nil, err
	}
	switch {
	case s.record.ID != id:
		return nil, errors.New("it is the session of another id")
	case !isObject(s.record.Data):
		return nil, errors.New("its data is not a JSON object")
	}
	return s, nil
}

// with returns the record with another id and other data. Members of its JSON
// that this version does not know stay.
func (s *stored) with(id string, data []byte) (*stored, error) {
	record := s.record
	record.ID, record.Data = id, data
	text, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	var all, known object
	if err := errors.Join(json.Unmarshal([]byte(s.raw), &all), json.Unmarshal(text, &known)); err != nil {
		return nil, err
	}
	for name, value := range known {
		all[all.fold(name, known)] = value
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	return parseRecord(id, string(raw))
}
