package main

import (
	"strings"
	"unicode/utf8"

	"github.com/keryx-go/keryx"
)

// The longest texts, in characters. That of an address is the mail system's own.
const (
	maxName     = 256
	maxEmail    = 320
	maxPassword = 256
	maxBody     = 1000
)

func checkName(name string) error {
	if utf8.RuneCountInString(name) > maxName {
		return keryx.Invalid("name", "Name must be less than 256 characters")
	}
	return nil
}

func checkEmail(email string) error {
	if !strings.Contains(email, "@") || !strings.Contains(email, ".") || utf8.RuneCountInString(email) > maxEmail {
		return keryx.Invalid("email", "This is not a valid email")
	}
	return nil
}

func checkPassword(password string) error {
	if utf8.RuneCountInString(password) > maxPassword {
		return keryx.Invalid("password", "Password must be less than 256 characters")
	}
	return nil
}

func checkBody(body string) error {
	if utf8.RuneCountInString(body) > maxBody {
		return keryx.Invalid("body", "Message must be less than 1000 characters")
	}
	return nil
}
