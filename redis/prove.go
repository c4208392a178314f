package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// proofTTL removes the key of a proof whose process died half-way.
const proofTTL = 10 * time.Second

// proof is that of connections which have just been opened.
type proof struct {
	commands, subscription, probe goredis.UniversalClient
	target                        *target
	embedded                      bool
}

// run fails unless both connections do what an app needs them for. name is that of a key
// and of a topic that nobody else has.
func (p *proof) run(ctx context.Context, name string) error {
	for _, client := range []goredis.UniversalClient{p.commands, p.subscription} {
		if err := writeAndDelete(ctx, client, name); err != nil {
			return p.explain(err)
		}
	}
	if err := ping(ctx, p.probe); err != nil {
		return p.explain(err)
	}
	if err := p.whole(ctx); err != nil {
		return err
	}
	if err := proveScript(ctx, p.commands, name); err != nil {
		return err
	}
	if err := proveClientCache(ctx, p.commands, name); err != nil {
		return err
	}
	if err := subscribeAndLeave(ctx, p.subscription, name); err != nil {
		return fmt.Errorf("subscribe to a channel: %w", err)
	}
	return nil
}

func writeAndDelete(ctx context.Context, client goredis.UniversalClient, key string) error {
	if err := client.Set(ctx, key, "1", proofTTL).Err(); err != nil {
		return err
	}
	return client.Del(ctx, key).Err()
}

func subscribeAndLeave(ctx context.Context, client goredis.UniversalClient, channel string) error {
	s := client.Subscribe(ctx)
	defer s.Close()
	for _, step := range []struct {
		kind string
		do   func(context.Context, ...string) error
	}{{"subscribe", s.Subscribe}, {"unsubscribe", s.Unsubscribe}} {
		if err := step.do(ctx, channel); err != nil {
			return err
		}
		answer, err := s.Receive(ctx)
		if err != nil {
			return err
		}
		if got, ok := answer.(*goredis.Subscription); !ok || got.Kind != step.kind {
			return fmt.Errorf("%s is answered by %v", step.kind, answer)
		}
	}
	return nil
}

var proofScript = goredis.NewScript("return redis.call('DEL', KEYS[1])") // counts as no lookup

// proveScript fails when the server runs no scripts, which leases, locks, versions,
// sessions, presence and rate limits need.
func proveScript(ctx context.Context, client goredis.UniversalClient, key string) error {
	key += ":script" // client-side caching is proved with key, and must not have heard of it
	for _, run := range []func(context.Context, goredis.Scripter, []string, ...any) *goredis.Cmd{proofScript.Eval, proofScript.EvalSha} {
		if err := run(ctx, client, []string{key}).Err(); err != nil {
			return fmt.Errorf("the server runs no script (an ACL has to allow eval, evalsha and the commands that docs/caching.md lists): %w", err)
		}
	}
	return nil
}

// whole fails when the one server of a standalone URL holds only a part of
// a cluster's keys: some commands would work there, the proof's among them.
func (p *proof) whole(ctx context.Context) error {
	if p.target.kind != Standalone || p.embedded {
		return nil
	}
	info, err := p.commands.ClusterInfo(ctx).Result()
	if err != nil {
		return nil // no cluster, or no right to ask
	}
	if n := field(info, "cluster_size"); n != "" && n != "0" && n != "1" {
		return errClusterNode
	}
	return nil
}

var errClusterNode = errors.New("the server is one node of a cluster: use redis+cluster:// (rediss+cluster:// with TLS)")

// explain adds what to do to the errors that mean a wrong kind of URL.
func (p *proof) explain(err error) error {
	switch {
	case p.target.kind == Standalone && goredis.HasErrorPrefix(err, "MOVED "):
		return errClusterNode
	case p.target.kind == Cluster && strings.Contains(err.Error(), "cluster support disabled"):
		return fmt.Errorf("the server is no cluster: use redis:// (rediss:// with TLS): %w", err)
	case !p.target.secure && errors.Is(err, io.EOF):
		return fmt.Errorf("the server hangs up (one that wants TLS does): %w", err)
	}
	return err
}
