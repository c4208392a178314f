// Package worker is one process of the caches suite: it holds clients of one contender,
// and drives them as requests on its standard input demand.
package worker

import "time"

// Opening is the request to open clients.
type Opening struct {
	Contender string
	URL       string
	Clients   int
}

// Truth is the value that the workers' loads return, and how long a load takes. A load
// that has begun keeps the value of its start.
type Truth struct {
	Value string
	Takes time.Duration
}

// Asking is the request to have callers get a key through one client, all at the same
// moment.
type Asking struct {
	Client  int
	Key     string
	Callers int
	// At is the moment. Zero means at once.
	At time.Time
	// Deadline is the timeout of each caller's context.
	Deadline time.Duration
	// Limit is how long the worker waits for the callers, including those that ignore
	// their deadline.
	Limit time.Duration
}

// Answers are the results of the callers.
type Answers struct {
	// Waits are the times from the moment to each answer, for callers that got one.
	Waits []time.Duration `json:"waitsNs"`
	// Values counts the callers by the value they got.
	Values map[string]int `json:"values"`
	// Errors counts the callers that got an error, and Error is one of them.
	Errors int    `json:"errors"`
	Error  string `json:"error,omitempty"`
	// Missing counts the callers without an answer at the limit.
	Missing int `json:"missing,omitempty"`
}

// Add adds the answers of other callers.
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

// Invalidating is the request to invalidate a key through one client.
type Invalidating struct {
	Client int
	Key    string
}

// Reading is the request to read a key through one client again and again.
type Reading struct {
	Client  int
	Key     string
	Readers int
	For     time.Duration
	Pause   time.Duration
	// Old is the stale value.
	Old string
}

// Reads are the results of the readers.
type Reads struct {
	Total  int `json:"total"`
	Stale  int `json:"stale"`
	Errors int `json:"errors,omitempty"`
	// LastStale is the start of the last read that got the old value, since the readers
	// began.
	LastStale time.Duration `json:"lastStaleNs,omitempty"`
}

// Add adds the reads of other readers, which began at the same time.
func (r *Reads) Add(others Reads) {
	r.Total += others.Total
	r.Stale += others.Stale
	r.Errors += others.Errors
	r.LastStale = max(r.LastStale, others.LastStale)
}

// Nothing is an empty argument or result.
type Nothing struct{}
