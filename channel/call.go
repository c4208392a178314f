package channel

import (
	"context"
	"fmt"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

type script struct{ *goredis.Script }

func newScript(body string) script { return script{goredis.NewScript(prelude + body)} }

// call prepares a run for a channel.
func (s script) call(k keyspace, o origin, name, life string, args ...any) *call {
	return &call{
		script: s, name: name,
		keys: []string{k.nodes(name), k.claims(name, o.node), k.members(name), k.present(name), k.life(name)},
		args: append([]any{
			o.node, name, k.topic(name), k.claims(name, ""), k.connections(name),
			o.ttl.Milliseconds(), min(settling, o.ttl).Milliseconds(), life, o.fresh,
		}, args...),
	}
}

// settling is how long a member whose last known connection has left stays present
// after Redis has lost something, because another node may not have restored it yet.
// It is more than what a node takes to notice.
const settling = 3 * time.Second

// origin is which node runs a script.
type origin struct {
	node  string
	ttl   time.Duration
	fresh string // the name of the life that it begins if there is none
}

// call is one run of a script.
type call struct {
	script script
	name   string // of the channel
	keys   []string
	args   []any
	cmd    *goredis.Cmd
}

// answer is what a script returns, but that for members.
type answer struct {
	count int64 // -1: it has done nothing, since Redis has lost something
	next  time.Duration
	life  string
	all   []string // members
}

// answer returns what came of the run.
func (c *call) answer() (a answer, err error) {
	reply, err := c.cmd.Slice()
	if err != nil {
		return a, err
	}
	if len(reply) < 3 {
		return a, fmt.Errorf("the script answered with %d values", len(reply))
	}
	a.count, _ = reply[0].(int64)
	next, _ := reply[1].(int64)
	a.next = time.Duration(next) * time.Millisecond
	a.life, _ = reply[2].(string)
	if len(reply) > 3 {
		all, _ := reply[3].([]any)
		for _, key := range all {
			text, _ := key.(string)
			a.all = append(a.all, text)
		}
	}
	return a, nil
}

// maxPipeline is how many scripts are sent at once.
const maxPipeline = 500

// runAll runs calls of one script, in their order as far as one channel goes, and
// leaves what came of each in its cmd. When nothing of a part gets through,
// neither will what follows.
func runAll(ctx context.Context, client goredis.UniversalClient, timeout time.Duration, calls []*call) {
	for len(calls) > 0 {
		n := min(len(calls), maxPipeline)
		runSome(ctx, client, timeout, calls[:n])
		failed := !slices.ContainsFunc(calls[:n], func(c *call) bool { return c.cmd.Err() == nil })
		err := calls[0].cmd.Err()
		calls = calls[n:]
		if !failed {
			continue
		}
		for _, c := range calls {
			c.cmd = goredis.NewCmd(ctx)
			c.cmd.SetErr(err)
		}
		return
	}
}

func runSome(ctx context.Context, client goredis.UniversalClient, timeout time.Duration, calls []*call) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	send(ctx, client, calls, false)

	// A server that is new, or was emptied, has to be told the text, of which all
	// calls have the same. It goes with a call: the client might load it over a
	// connection to another server. In a cluster each may be the first on its master.
	again := slices.DeleteFunc(slices.Clone(calls), func(c *call) bool { return !goredis.HasErrorPrefix(c.cmd.Err(), "NOSCRIPT") })
	told := min(1, len(again))
	if _, cluster := client.(*goredis.ClusterClient); cluster {
		told = len(again)
	}
	send(ctx, client, again[:told], true)
	send(ctx, client, again[told:], false)
}

// send runs calls in one round trip. With texts, each carries the text of its
// script; otherwise the server must know the script by its hash.
func send(ctx context.Context, client goredis.UniversalClient, calls []*call, texts bool) {
	if len(calls) == 0 {
		return
	}
	pipe := client.Pipeline()
	for _, c := range calls {
		if texts {
			c.cmd = c.script.Eval(ctx, pipe, c.keys, c.args...)
		} else {
			c.cmd = c.script.EvalSha(ctx, pipe, c.keys, c.args...)
		}
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
}
