package redistest

import (
	"context"
	"fmt"
	"strconv"
)

// Follow makes the server a replica of another, by REPLICAOF, and returns when
// it has the other's data. Of nil it makes the server a master.
func (s *Server) Follow(master *Server) {
	s.tb.Helper()
	host, port := "NO", "ONE"
	if master != nil {
		host, port = "127.0.0.1", strconv.Itoa(master.port)
	}
	if err := s.Client().ReplicaOf(context.Background(), host, port).Err(); err != nil {
		s.tb.Fatalf("redistest: REPLICAOF: %v", err)
	}
	if master != nil {
		s.follows(master)
	}
}

// follows returns when the server is an up-to-date replica of another.
func (s *Server) follows(master *Server) {
	s.tb.Helper()
	err := poll(func() error {
		info, err := s.Client().InfoMap(context.Background(), "replication").Result()
		if err != nil {
			return err
		}
		r := info["Replication"]
		if r["role"] != "slave" || r["master_port"] != strconv.Itoa(master.port) || r["master_link_status"] != "up" {
			return fmt.Errorf("%s is no replica of %s: %v", s.Addr(), master.Addr(), r)
		}
		return nil
	})
	if err != nil {
		s.tb.Fatalf("redistest: %v", err)
	}
}
