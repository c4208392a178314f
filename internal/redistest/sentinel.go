package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/slow"
)

// MasterName is the name under which [Sentinel] watches its master.
const MasterName = "keryx"

// SentinelServer is a running master with one replica, watched by one sentinel that
// needs no other vote.
type SentinelServer struct {
	// Master is the server that started as the master, and Replica the other one. They
	// keep these names after a failover.
	Master, Replica *Server
	// Watcher is the sentinel.
	Watcher *Server

	client *goredis.SentinelClient
}

// Sentinel starts a master, a replica and a sentinel, and returns when the sentinel
// could promote the replica. The sentinel takes a master that is silent for half a
// second to be down. The test is left out by -short.
func Sentinel(tb testing.TB) *SentinelServer {
	tb.Helper()
	slow.Skip(tb, "it starts a sentinel")
	s := &SentinelServer{Master: Start(tb)}
	s.Replica = Start(tb, "--replicaof", "127.0.0.1 "+strconv.Itoa(s.Master.port))
	s.Replica.follows(s.Master)

	s.Watcher = prepare(tb)
	s.Watcher.sentinel = fmt.Sprintf(`port $PORT
bind 127.0.0.1
dir $DIR
sentinel monitor %[1]s 127.0.0.1 %[2]d 1
sentinel down-after-milliseconds %[1]s 500
sentinel failover-timeout %[1]s 3000
sentinel parallel-syncs %[1]s 1
`, MasterName, s.Master.port)
	s.Watcher.start()
	s.client = goredis.NewSentinelClient(s.Watcher.options())
	tb.Cleanup(func() { _ = s.client.Close() })
	if err := poll(s.watched); err != nil {
		tb.Fatalf("redistest: the sentinel is not ready: %v", err)
	}
	return s
}

// watched reports whether the sentinel knows a healthy replica.
func (s *SentinelServer) watched() error {
	replicas, err := s.client.Replicas(context.Background(), MasterName).Result()
	if err != nil {
		return err
	}
	if len(replicas) != 1 || replicas[0]["flags"] != "slave" || replicas[0]["master-link-status"] != "ok" {
		return fmt.Errorf("its replicas are %v", replicas)
	}
	return nil
}

// URL returns the redis+sentinel:// URL of the watched master.
func (s *SentinelServer) URL() string {
	u := url.URL{Scheme: "redis+sentinel", Host: s.Watcher.Addr(),
		RawQuery: url.Values{"master_name": {MasterName}}.Encode()}
	return u.String()
}

// Failover kills the server that started as the master, and returns when the replica
// has taken over and the sentinel reports it. It works once.
func (s *SentinelServer) Failover() {
	s.Master.tb.Helper()
	s.Master.Kill()
	s.Promoted()
}

// Switchover lets the sentinel exchange the roles of a healthy master and its replica,
// as for maintenance, and returns when the replica has taken over. The old master
// remains a master until the sentinel makes it a replica: see [SentinelServer.Demoted].
// It works once.
func (s *SentinelServer) Switchover() {
	s.Master.tb.Helper()
	if err := s.client.Failover(context.Background(), MasterName).Err(); err != nil {
		s.Master.tb.Fatalf("redistest: SENTINEL FAILOVER: %v", err)
	}
	s.Promoted()
}

// Demoted returns when the server that started as the master follows the other one.
func (s *SentinelServer) Demoted() {
	s.Master.tb.Helper()
	s.Master.follows(s.Replica)
}

// Promoted returns when the replica is the master, and the sentinel reports it.
func (s *SentinelServer) Promoted() {
	s.Master.tb.Helper()
	err := poll(func() error {
		addr, err := s.client.GetMasterAddrByName(context.Background(), MasterName).Result()
		if err != nil {
			return err
		}
		if now := net.JoinHostPort(addr[0], addr[1]); now != s.Replica.Addr() {
			return fmt.Errorf("the master is still %s", now)
		}
		info, err := s.Replica.Client().InfoMap(context.Background(), "replication").Result()
		if err == nil && info["Replication"]["role"] != "master" {
			err = errors.New("the replica is not promoted")
		}
		return err
	})
	if err != nil {
		s.Master.tb.Fatalf("redistest: failover: %v", err)
	}
}
