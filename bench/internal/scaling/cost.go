package scaling

import (
	"time"

	"github.com/keryx-go/keryx/bench/internal/stats"
)

// Cost is what an operation costs Redis.
type Cost struct {
	Name  string `json:"name"`
	Times int    `json:"times"`
	Usage Usage  `json:"usage"`
}

// sent returns the number of commands that came over connections. Scripts publish, too;
// what they call is not counted.
func (c *Cost) sent() int64 {
	if scripts := c.Usage.calls("evalsha", "eval"); scripts > 0 {
		return scripts + c.Usage.calls("subscribe", "unsubscribe")
	}
	return c.Usage.all()
}

// each returns a number for one operation.
func (c *Cost) each(n int64) float64 { return float64(n) / float64(c.Times) }

// cpu returns the processor time of Redis for one operation in µs.
func (c *Cost) cpu() float64 {
	return stats.Known(stats.In(time.Microsecond, c.Usage.CPU) / float64(c.Times))
}
