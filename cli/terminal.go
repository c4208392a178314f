package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// terminal tells whether a person is at the other end of a stream.
func terminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a device too, and the input of a service
	return err != nil || !os.SameFile(info, null)
}

// confirm asks a question that is to be answered with yes. It returns an error
// when ctx ends first.
func (p *program) confirm(ctx context.Context, question string) (bool, error) {
	fmt.Fprint(p.Stderr, question, " [y/N] ")
	answer := make(chan string, 1)
	go func() { // a read cannot be cancelled: it is left behind when ctx ends
		line, _ := bufio.NewReader(p.Stdin).ReadString('\n')
		answer <- line
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(p.Stderr)
		return false, ctx.Err()
	case line := <-answer:
		if !strings.HasSuffix(line, "\n") {
			fmt.Fprintln(p.Stderr)
		}
		return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line))), nil
	}
}

// bar shows how far something is, on a terminal. Elsewhere it is silent.
type bar struct {
	p     *program // nil for a silent one
	drawn time.Time
}

const (
	barWidth = 24
	barPause = 50 * time.Millisecond
)

func (p *program) progress() *bar {
	if p.quiet || !terminal(p.Stderr) {
		return &bar{}
	}
	return &bar{p: p}
}

// show draws the bar, if it was not drawn just now.
func (b *bar) show(done, total int64, text string) {
	if b.p == nil || time.Since(b.drawn) < barPause {
		return
	}
	b.drawn = time.Now()
	share := min(1, float64(done)/float64(max(1, total)))
	full := int(share * barWidth)
	fmt.Fprintf(b.p.Stderr, "\r[%s%s] %3.0f%%  %s\x1b[K",
		strings.Repeat("#", full), strings.Repeat(".", barWidth-full), share*100, text)
}

// clear takes the bar away.
func (b *bar) clear() {
	if b.p != nil {
		fmt.Fprint(b.p.Stderr, "\r\x1b[K")
	}
}
