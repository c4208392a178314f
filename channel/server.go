package channel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// server says which Redis process answers a connection. What the process does not
// tell, because it is too old, embedded or forbids the command, is empty.
type server struct {
	// Run is new at each start of the process.
	Run string `json:"run,omitempty"`
	// Addr is the process' own address of the connection.
	Addr string `json:"addr,omitempty"`
	// Links stands for the links to the other nodes of a cluster, and changes
	// when one of them is made anew. What waited in the old one is lost.
	Links string `json:"links,omitempty"`
}

// differs reports whether b is another server than a: neither the same process
// nor one that was started in its place. Servers that say too little do not differ.
func (a server) differs(b server) bool {
	run, addr := a.Run != "" && b.Run != "", a.Addr != "" && b.Addr != ""
	if run && a.Run == b.Run || addr && a.Addr == b.Addr {
		return false
	}
	return run || addr
}

// interrupted reports whether a node of a cluster may have lost messages between
// a and b: it was started anew, or a link was.
func (a server) interrupted(b server) bool {
	return a.Run != "" && b.Run != "" && a.Run != b.Run || a.Links != "" && b.Links != "" && a.Links != b.Links
}

// commander is a connection of a client, or the client itself.
type commander interface {
	Process(ctx context.Context, cmd goredis.Cmder) error
	Pipeline() goredis.Pipeliner
	Del(ctx context.Context, keys ...string) *goredis.IntCmd
}

// onOne has all commands of f take one connection of a client, so that they reach
// the same server.
func onOne(ctx context.Context, client goredis.UniversalClient, f func(commander) error) error {
	if c, ok := client.(*goredis.Client); ok {
		return c.Watch(ctx, func(tx *goredis.Tx) error { return f(tx) }) // watches no key
	}
	return f(client)
}

// identify asks a connection which server it leads to. An error reply leaves out
// what was asked for, any other error will meet the next command too.
func identify(ctx context.Context, conn commander, cluster bool) server {
	pipe := conn.Pipeline()
	info := pipe.Info(ctx, "server")
	self := pipe.Do(ctx, "CLIENT", "INFO")
	var links *goredis.Cmd
	if cluster {
		links = pipe.Do(ctx, "CLUSTER", "LINKS") // since Redis 7
	}
	_, _ = pipe.Exec(ctx)
	s := server{Run: field(info.Val(), "run_id:")}
	if text, err := self.Text(); err == nil {
		s.Addr = field(text, "laddr=")
	}
	if cluster {
		if list, err := links.Slice(); err == nil {
			s.Links = digest(list)
		}
	}
	return s
}

// field returns what follows a name in a text of fields.
func field(text, name string) string {
	for f := range strings.FieldsSeq(text) {
		if value, found := strings.CutPrefix(f, name); found {
			return value
		}
	}
	return ""
}

// digest returns a short text for the outgoing links of CLUSTER LINKS.
func digest(links []any) string {
	var all []string
	for _, l := range links {
		link := pairs(l)
		if link["direction"] == "to" {
			all = append(all, fmt.Sprint(link["node"], " ", link["create-time"]))
		}
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	return hex.EncodeToString(sum[:8])
}

// pairs returns a map, which is a list in the older protocol.
func pairs(v any) map[any]any {
	switch v := v.(type) {
	case map[any]any:
		return v
	case []any:
		m := map[any]any{}
		for i := 0; i+1 < len(v); i += 2 {
			m[v[i]] = v[i+1]
		}
		return m
	}
	return nil
}
