package web

import (
	"io"
	"io/fs"
)

// reopener seeks in a file that cannot seek, such as one in a zip archive: it opens the
// file again to go back, and reads to go forward.
type reopener struct {
	open func() (fs.File, error)
	file fs.File
	size int64
	at   int64 // where file is
	want int64 // where the next read begins
}

var _ io.ReadSeekCloser = (*reopener)(nil)

// Seek sets where the next read begins.
func (s *reopener) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.want
	case io.SeekEnd:
		offset += s.size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	s.want = offset
	return offset, nil
}

// Read reads from where the last read ended, or from where Seek has set.
func (s *reopener) Read(p []byte) (int, error) {
	if s.want < s.at {
		file, err := s.open()
		if err != nil {
			return 0, err
		}
		_ = s.file.Close()
		s.file, s.at = file, 0
	}
	if skip := s.want - s.at; skip > 0 {
		n, err := io.CopyN(io.Discard, s.file, skip)
		if s.at += n; err != nil {
			return 0, err
		}
	}
	n, err := s.file.Read(p)
	s.at += int64(n)
	s.want = s.at
	return n, err
}

// Close closes the file.
func (s *reopener) Close() error { return s.file.Close() }
