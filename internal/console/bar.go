package console

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const (
	barWidth    = 24
	barInterval = 50 * time.Millisecond
)

// Bar is a progress bar.
type Bar struct {
	w     io.Writer // nil: the bar is not shown
	drawn time.Time
}

// NewBar returns a bar on the error output of a command. It is shown on a terminal
// only, and not when the command is quiet.
func NewBar(cmd *cobra.Command) *Bar {
	w := cmd.ErrOrStderr()
	if Quiet(cmd) || !IsTerminal(w) {
		return &Bar{}
	}
	return &Bar{w: w}
}

// Show draws the bar, unless that happened a moment ago.
func (b *Bar) Show(done, total int64, text string) {
	if b.w == nil || time.Since(b.drawn) < barInterval {
		return
	}
	b.drawn = time.Now()
	share := min(1, float64(done)/float64(max(1, total)))
	full := int(share * barWidth)
	fmt.Fprintf(b.w, "\r[%s%s] %3.0f%%  %s\x1b[K",
		strings.Repeat("#", full), strings.Repeat(".", barWidth-full), share*100, text)
}

// Clear removes the bar.
func (b *Bar) Clear() {
	if b.w != nil {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
