//go:build unix

package pgtest

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

const supported = true

// unprivileged returns attributes that make a command run as a user that Postgres
// accepts: an unprivileged one for root, and the caller otherwise.
func unprivileged() (*syscall.SysProcAttr, error) {
	uid, gid, err := account()
	if err != nil || uid < 0 {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// detached returns attr, or new attributes, with a separate session.
func detached(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	if attr == nil {
		attr = new(syscall.SysProcAttr)
	}
	attr.Setsid = true
	return attr
}

// giveAway makes the unprivileged user the owner of path.
func giveAway(path string) error {
	uid, gid, err := account()
	if err != nil || uid < 0 {
		return err
	}
	return os.Chown(path, uid, gid)
}

// giveAwayAll makes the unprivileged user the owner of a directory and all in it.
func giveAwayAll(dir string) error {
	uid, gid, err := account()
	if err != nil || uid < 0 {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

// flush writes what the kernel has not yet written to its disks.
func flush() { syscall.Sync() }

// account returns the ids for the servers of root, and -1 for those of other users.
func account() (uid, gid int, err error) {
	if os.Geteuid() != 0 {
		return -1, -1, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		if uid, err = strconv.Atoi(u.Uid); err != nil {
			return 0, 0, err
		}
		gid, err = strconv.Atoi(u.Gid)
		return uid, gid, err
	}
	return 0, 0, errors.New("postgres does not run as root, and there is no user postgres or nobody")
}
