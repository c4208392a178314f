package dev

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/keryx-go/keryx/internal/redisserver"
)

// stores keep what an app has in memory, so that a restart does not lose it: those who
// are signed in stay so. The versions of an app that run at the same time see the same
// data.
type stores struct {
	dir   string // temporary
	redis *redisserver.Server
	port  string // of the URL that redis was started for
	count int    // of databases
}

// variables returns the environment for an app with these settings: in place of an
// embedded Redis that of ours, in place of a database in memory a file of ours.
func (s *stores) variables(app settings) ([]string, error) {
	var env []string
	if at, err := url.Parse(app["REDIS_URL"].Value); err == nil && at.Scheme == "embedded" {
		if err := s.startRedis(at.Port()); err != nil {
			return nil, err
		}
		at.Scheme, at.Host = "redis", s.redis.Addr()
		q := at.Query()
		q.Del("force")
		at.RawQuery = q.Encode()
		env = append(env, app.variant("REDIS_URL")+"="+at.String())
	}
	if at := app["DATABASE_URL"].Value; inMemory(at) {
		_, parameters, found := strings.Cut(at, "?")
		if found {
			parameters = "?" + parameters
		}
		file := filepath.ToSlash(filepath.Join(s.dir, fmt.Sprintf("database%d.db", s.count)))
		env = append(env, app.variant("DATABASE_URL")+"=sqlite://"+file+parameters)
	}
	return env, nil
}

// inMemory reports whether the URL of a database is that of one that ends with its
// process.
func inMemory(at string) bool {
	name, found := strings.CutPrefix(at, "sqlite://")
	name, _, _ = strings.Cut(name, "?")
	return found && name == ":memory:"
}

// startRedis starts the server, or another one when the URL has got another port.
func (s *stores) startRedis(port string) error {
	if s.redis != nil && s.port == port {
		return nil
	}
	server, err := redisserver.Start("127.0.0.1:" + cmp.Or(port, "0"))
	if err != nil {
		return &failure{title: "the embedded Redis does not start", text: err.Error() + "; leave the port out of REDIS_URL"}
	}
	s.closeRedis()
	s.redis, s.port = server, port
	return nil
}

func (s *stores) closeRedis() {
	if s.redis != nil {
		s.redis.Close()
	}
}

// forgetDatabase has the next version begin with an empty database. Migrations that
// have been applied are not applied again when they are edited, and for an app whose
// database is in memory a restart always meant that.
func (s *stores) forgetDatabase() { s.count++ }

// close ends the server and removes the databases.
func (s *stores) close() error {
	s.closeRedis()
	return os.RemoveAll(s.dir)
}
