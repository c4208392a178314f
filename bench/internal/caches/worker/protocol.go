// Package worker is one of the processes of the caches suite: it holds clients
// of one contender and does with them what it is told over its standard input.
package worker

import "time"

// Opening says which clients a worker is to open.
type Opening struct {
	Contender string
	URL       string
	Clients   int
}

// Truth is what the workers' loads find where values are stored, and how long
// they take to find it. A load that has begun keeps to what was true then.
type Truth struct {
	Value string
	Takes time.Duration
}

// Asking has callers ask one client for a key, all at the same moment.
type Asking struct {
	Client  int
	Key     string
	Callers int
	// At is the moment. The zero value means at once.
	At time.Time
	// Deadline is that of each caller's context.
	Deadline time.Duration
	// Limit is how long the callers are waited for, also when they ignore their
	// deadline.
	Limit time.Duration
}

// Answers are what the callers got.
type Answers struct {
	// Waits are how long those waited that got an answer, since the moment.
	Waits []time.Duration `json:"waitsNs"`
	// Values counts the callers by the value they got.
	Values map[string]int `json:"values"`
	// Errors counts the callers that got an error, and Error is one of them.
	Errors int    `json:"errors"`
	Error  string `json:"error,omitempty"`
	// Missing counts those that had no answer at the limit.
	Missing int `json:"missing,omitempty"`
}

// Add adds the answers of others.
func (a *Answers) Add(others Answers) {
	if a.Values == nil {
		a.Values = map[string]int{}
	}
	for value, n := range others.Values {
		a.Values[value] += n
	}
	a.Waits = append(a.Waits, others.Waits...)
	a.Errors += others.Errors
	a.Missing += others.Missing
	if a.Error == "" {
		a.Error = others.Error
	}
}

// Invalidating is what has changed, and by which client that is told.
type Invalidating struct {
	Client int
	Key    string
}

// Reading has readers read a key through one client again and again.
type Reading struct {
	Client  int
	Key     string
	Readers int
	For     time.Duration
	Pause   time.Duration
	// Old is the value that is stale.
	Old string
}

// Reads are what the readers saw.
type Reads struct {
	Total  int `json:"total"`
	Stale  int `json:"stale"`
	Errors int `json:"errors,omitempty"`
	// LastStale is when the last read began that got the old value, since the
	// readers began.
	LastStale time.Duration `json:"lastStaleNs,omitempty"`
}

// Add adds the reads of others, which began at the same time.
func (r *Reads) Add(others Reads) {
	r.Total += others.Total
	r.Stale += others.Stale
	r.Errors += others.Errors
	r.LastStale = max(r.LastStale, others.LastStale)
}

// Nothing is the argument or the result of what has none.
type Nothing struct{}
