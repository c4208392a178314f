package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// Description says what is on the other end, for the boot log and for humans.
type Description struct {
	// Kind is what the URL leads to.
	Kind Kind
	// Addr is the server's host:port or socket. Of a cluster, and of
	// sentinels, it is the first one of the URL.
	Addr string
	// Server is the product, "redis" or "valkey", and Version its version.
	Server, Version string
	// Masters is the number of masters that hold keys, of a Cluster.
	Masters int
	// MasterName is the name that the sentinels know, of a Sentinel.
	MasterName string
}

// String returns a phrase like "redis 7.0.15, cluster of 3 masters".
func (d Description) String() string {
	var kind string
	switch d.Kind {
	case Cluster:
		kind = "cluster"
		if d.Masters > 0 {
			kind = fmt.Sprintf("cluster of %d masters", d.Masters)
		}
	case Sentinel:
		kind = fmt.Sprintf("sentinel master %s", d.MasterName)
	case Embedded:
		return "embedded at " + d.Addr
	default:
		kind = string(d.Kind)
	}
	return strings.TrimPrefix(strings.TrimSpace(d.Server+" "+d.Version)+", "+kind, ", ")
}

// describe asks the server that client leads to what it is.
func describe(ctx context.Context, client goredis.UniversalClient, t *target) Description {
	d := Description{Kind: t.kind, Addr: t.addr, MasterName: t.master}
	if info, err := client.Info(ctx, "server").Result(); err == nil {
		d.Server, d.Version = "redis", field(info, "redis_version")
		if v := field(info, "valkey_version"); v != "" {
			d.Server, d.Version = "valkey", v
		}
	}
	if d.Kind == Cluster {
		d.Masters, _ = strconv.Atoi(field(client.ClusterInfo(ctx).Val(), "cluster_size"))
	}
	return d
}

// field returns the value of a "name:value" line of INFO or CLUSTER INFO.
func field(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
