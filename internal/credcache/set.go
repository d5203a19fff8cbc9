// SPDX-License-Identifier: Apache-2.0

package credcache

import "strings"

// Set is one set of credentials. A request is signed with one set only, never with the
// id of one and the token of another. A set with a Bearer token needs no other field.
type Set struct {
	ID     string
	Secret string
	Token  string // of a temporary key; empty for a permanent one
	Bearer string
}

// Names are the names of the fields in errors.
type Names struct{ ID, Secret, Token, Bearer string }

// MalformedError is the error of credentials that cannot be valid, for example because
// they were read from a file with a line end. It does not contain the value.
type MalformedError struct{ Field, Problem string }

// Error returns the field and the problem.
func (e *MalformedError) Error() string { return e.Field + " " + e.Problem }

// check returns an error for credentials that cannot be valid. The errors of the cloud
// and of net/http would not name the field.
func (s Set) check(names Names) error {
	if s.Bearer == "" && (s.ID == "" || s.Secret == "") {
		return ErrNone
	}
	for _, field := range [...]struct{ name, value string }{
		{names.ID, s.ID}, {names.Secret, s.Secret}, {names.Token, s.Token}, {names.Bearer, s.Bearer},
	} {
		if problem := problem(field.value); problem != "" {
			return &MalformedError{field.name, problem}
		}
	}
	return nil
}

func problem(value string) string {
	if isPrintable(value) {
		return ""
	}
	const space = " \t\r\n\v\f\u0085\u00a0\u2028\u2029\u3000\ufeff"
	switch {
	case strings.TrimRight(value, space) != value:
		return "ends with white space"
	case strings.TrimLeft(value, space) != value:
		return "begins with white space"
	default:
		return "has a character that is not printable ASCII"
	}
}

func isPrintable(value string) bool {
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
