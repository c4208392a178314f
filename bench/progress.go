package main

import (
	"fmt"
	"io"
	"time"
)

// progress says what is going on, a line for each step.
type progress struct {
	to    io.Writer
	start time.Time
}

func (p *progress) printf(format string, args ...any) {
	fmt.Fprintf(p.to, "[%4.0fs] %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}
