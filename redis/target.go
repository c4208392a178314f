package redis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Kind is what a URL leads to.
type Kind string

const (
	Standalone Kind = "standalone" // one server: redis, rediss, unix
	Cluster    Kind = "cluster"    // redis+cluster, rediss+cluster
	Sentinel   Kind = "sentinel"   // the master that sentinels name: redis+sentinel, rediss+sentinel
	Embedded   Kind = "embedded"   // a server inside this process, by a [Driver]
)

// kinds are the schemes that need no driver.
var kinds = map[string]Kind{
	"redis": Standalone, "rediss": Standalone, "unix": Standalone,
	"redis+cluster": Cluster, "rediss+cluster": Cluster,
	"redis+sentinel": Sentinel, "rediss+sentinel": Sentinel,
}

func builtIn(scheme string) bool { return kinds[scheme] != "" }

// target is where a URL leads, checked, and how to make clients of it.
type target struct {
	kind   Kind
	url    string // as the client's parser wants it
	addr   string // host:port or path; of a cluster or sentinels, the first one
	master string // the name that sentinels know the master by
	secure bool   // with TLS

	standalone *goredis.Options // what the URL says; nil unless it is of one server
}

// newTarget checks a URL of a built-in scheme.
func newTarget(u *url.URL) (*target, error) {
	plain := *u
	plain.Scheme, _, _ = strings.Cut(u.Scheme, "+")
	t := &target{kind: kinds[u.Scheme], url: plain.String(), secure: plain.Scheme == "rediss"}
	switch t.kind {
	case Cluster:
		if db := strings.Trim(u.Path, "/"); db != "" && db != "0" {
			return nil, fmt.Errorf("a cluster has no database %q, only 0", db)
		}
		o, err := goredis.ParseClusterURL(t.url)
		if err != nil {
			return nil, unquoted(err, u)
		}
		t.addr = o.Addrs[0]
		return t, clusterSettings(o).check()
	case Sentinel:
		o, err := goredis.ParseFailoverURL(t.url)
		if err != nil {
			return nil, unquoted(err, u)
		}
		if o.MasterName == "" {
			return nil, errors.New("the sentinels need to know which master: add ?master_name=NAME")
		}
		if o.RouteByLatency || o.RouteRandomly || o.ReplicaOnly {
			return nil, errors.New("reading from replicas (route_by_latency, route_randomly, replica_only) is not " +
				"supported with sentinels: remove the parameter")
		}
		t.addr, t.master = o.SentinelAddrs[0], o.MasterName
		return t, sentinelSettings(o).check()
	default:
		o, err := goredis.ParseURL(t.url)
		if err != nil {
			return nil, unquoted(err, u)
		}
		t.addr, t.standalone = o.Addr, o
		return t, standaloneSettings(o).check()
	}
}

// unquoted replaces an error of the client's parser, which quotes what it does
// not understand, when that may be the rest of a password with an & in it.
func unquoted(err error, u *url.URL) error {
	if u.Query().Has("password") {
		return errors.New("a parameter of the URL is wrong (in a password, & is written %26)")
	}
	return err
}

// role says which of the two connections a client is, or that it is the probe
// of both.
type role int

const (
	commands role = iota
	subscription
	probe
)

// client makes a client, which dials when it is used and no longer than life.
// The client's constructors panic on sizes that they cannot use.
func (t *target) client(life context.Context, r role, o Options) (c goredis.UniversalClient, err error) {
	defer func() {
		if p := recover(); p != nil {
			c, err = nil, fmt.Errorf("the client refuses the settings of the URL: %v", p)
		}
	}()
	switch t.kind {
	case Cluster:
		co, err := goredis.ParseClusterURL(t.url)
		if err != nil {
			return nil, err
		}
		clusterSettings(co).apply(life, r, o)
		co.MaintNotificationsConfig = noMaintNotifications()
		return goredis.NewClusterClient(co), nil
	case Sentinel:
		so, err := goredis.ParseFailoverURL(t.url)
		if err != nil {
			return nil, err
		}
		sentinelSettings(so).apply(life, r, o)
		client := goredis.NewFailoverClient(so)
		client.AddHook(brokenDials{})
		return client, nil
	default:
		so, err := goredis.ParseURL(t.url)
		if err != nil {
			return nil, err
		}
		standaloneSettings(so).apply(life, r, o)
		if o.ClientSideCache && r == commands {
			withClientCache(so)
		}
		so.MaintNotificationsConfig = noMaintNotifications()
		return goredis.NewClient(so), nil
	}
}

// noMaintNotifications turns off a handshake that only Redis Enterprise
// understands: everywhere else it costs each connection a round trip and an
// error in the server's statistics.
func noMaintNotifications() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}
