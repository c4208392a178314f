package format

import (
	"strings"
	"time"
)

// DateTime parses a date-time of RFC 3339, section 5.6. It has no time for a leap
// second, which a [time.Time] cannot hold.
func DateTime(text string) (time.Time, bool) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[10]|0x20 != 't' || !validDate(text[:10]) || !validTime(text[11:]) {
		return time.Time{}, false
	}
	return parse("2006-01-02T15:04:05.999999999Z07:00", text)
}

// Date parses a full-date of RFC 3339.
func Date(text string) (time.Time, bool) {
	if !validDate(text) {
		return time.Time{}, false
	}
	return parse(time.DateOnly, text)
}

// Time parses a full-time of RFC 3339, which has an offset from UTC. Its date is the
// first of January of the year 0.
func Time(text string) (time.Time, bool) {
	if !validTime(text) {
		return time.Time{}, false
	}
	return parse("15:04:05.999999999Z07:00", text)
}

// parse parses a text that is known to be valid, but for leap seconds. T and Z may be
// in lower case.
func parse(layout, text string) (time.Time, bool) {
	t, err := time.Parse(layout, strings.ToUpper(text))
	return t, err == nil
}

func validDateTime(text string) bool {
	return len(text) > 11 && validDate(text[:10]) && text[10]|0x20 == 't' && validTime(text[11:])
}

func validDate(text string) bool {
	if !shaped(text, "0000-00-00") {
		return false
	}
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

func validTime(text string) bool {
	if len(text) < len("00:00:00Z") || !shaped(text[:8], "00:00:00") {
		return false
	}
	hour, minute, second := number(text[:2]), number(text[3:5]), number(text[6:8])
	rest := text[8:]
	if rest[0] == '.' {
		n := digits(rest[1:])
		if n == 0 {
			return false
		}
		rest = rest[1+n:]
	}
	offset := 0
	switch {
	case rest == "Z" || rest == "z":
	case shaped(rest, "+00:00") || shaped(rest, "-00:00"):
		hours, minutes := number(rest[1:3]), number(rest[4:])
		if hours > 23 || minutes > 59 {
			return false
		}
		if offset = hours*60 + minutes; rest[0] == '-' {
			offset = -offset
		}
	default:
		return false
	}
	if hour > 23 || minute > 59 || second > 60 {
		return false
	}
	const day = 24 * 60
	return second < 60 || (hour*60+minute-offset+day)%day == day-1 // a leap second is the last of a day in UTC
}

// shaped reports whether text has digits where shape has zeros, and is equal to it
// elsewhere.
func shaped(text, shape string) bool {
	if len(text) != len(shape) {
		return false
	}
	for i := range len(shape) {
		if shape[i] == '0' && isDigit(text[i]) {
			continue
		}
		if shape[i] == '0' || text[i] != shape[i] {
			return false
		}
	}
	return true
}

// number returns the value of a few digits.
func number(digits string) int {
	n := 0
	for _, c := range []byte(digits) {
		n = 10*n + int(c-'0')
	}
	return n
}

// validDuration reports whether text is a duration of RFC 3339, appendix A: no unit is
// left out between two others.
func validDuration(text string) bool {
	rest, ok := strings.CutPrefix(text, "P")
	if !ok {
		return false
	}
	if weeks, ok := strings.CutSuffix(rest, "W"); ok {
		return weeks != "" && digits(weeks) == len(weeks)
	}
	days, clock, timed := strings.Cut(rest, "T")
	if timed && !units(clock, "HMS") {
		return false
	}
	return units(days, "YMD") || timed && days == ""
}

// units reports whether text is numbers with consecutive units, at least one.
func units(text, names string) bool {
	last := -1
	for text != "" {
		n := digits(text)
		if n == 0 || n == len(text) {
			return false
		}
		unit := strings.IndexByte(names, text[n])
		if unit < 0 || last >= 0 && unit != last+1 {
			return false
		}
		last, text = unit, text[n+1:]
	}
	return last >= 0
}
